using System.CommandLine;
using EdgeProxy.Hosting;

namespace EdgeProxy.Commands;

/// <summary><c>edgeproxy check</c>: judges the configuration as a start would, for a deploy pipeline.</summary>
internal static class CheckCommand
{
    public static Command Create(HostArguments arguments)
    {
        var command = new Command("check", "Validates the configuration as at start-up, prints every error, and exits with 0 or 1.");
        arguments.AddTo(command);
        command.SetAction(parsed => Check(arguments.Read(parsed), parsed.InvocationConfiguration.Output));
        return command;
    }

    /// <summary>Prints every error and warning, one a line, or that there is none.</summary>
    /// <returns>0 when a start would succeed, else 1.</returns>
    public static int Check(EdgeProxyHostSettings settings, TextWriter output)
    {
        var report = EdgeProxyHost.Check(settings);
        foreach (var error in report.Errors)
        {
            output.WriteLine(error);
        }

        foreach (var warning in report.Warnings)
        {
            output.WriteLine($"warning: {warning}");
        }

        if (report.IsValid)
        {
            output.WriteLine($"OK: {report.Summary}");
        }

        return report.IsValid ? 0 : 1;
    }
}
