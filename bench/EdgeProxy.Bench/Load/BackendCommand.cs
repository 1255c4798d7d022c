using System.CommandLine;
using System.Net;

namespace EdgeProxy.Bench.Load;

/// <summary><c>backend</c>: the bench's backend as a process of its own. The first line that it prints is <c>listening on PORT</c>.</summary>
internal static class BackendCommand
{
    public static Command Create()
    {
        var listen = new Option<string>("--listen") { Description = "Where to listen; port 0 takes a free one.", DefaultValueFactory = static _ => "127.0.0.1:0" };
        var cpu = new Option<int?>("--cpu") { Description = "The one CPU to run on." };
        var command = new Command("backend", "The backend that the benches stream from.") { Hidden = true, Options = { listen, cpu } };
        command.SetAction((parsed, cancellationToken) =>
        {
            OwnProcess.RaiseDescriptorLimit();
            OwnProcess.Pin(parsed.GetValue(cpu));
            using var backend = new Backend(IPEndPoint.Parse(parsed.GetValue(listen)!), parsed.GetValue(cpu));
            parsed.InvocationConfiguration.Output.WriteLine($"listening on {backend.Port}");
            parsed.InvocationConfiguration.Output.Flush();
            backend.Run(cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }
}
