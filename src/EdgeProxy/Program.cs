using System.CommandLine;
using EdgeProxy.Commands;

namespace EdgeProxy;

/// <summary>
/// One executable, several commands. A proxy is a web application (Hosting) made from files, environment and command line
/// (Configuration): YARP with the streaming middleware in front (Pipeline), which owns the client's side (Streaming) and asks
/// one destination at a time (Attempts) in the words of its API (Protocol).
/// </summary>
internal static class Program
{
    /// <summary>The commands; without one, the proxy runs.</summary>
    public static RootCommand CreateCommands()
    {
        var host = new HostArguments();
        var run = RunCommand.Create(host);
        var root = new RootCommand("A front door for LLM backends: opens event streams early, keeps them alive, and ends every one cleanly.")
        {
            run,
            CheckCommand.Create(host),
            DemoCommand.Create(),
            ProbeCommand.Create(),
            HealthCommand.Create(host),
        };
        host.AddTo(root);
        root.Action = run.Action;
        return root;
    }

    /// <summary>Runs a command line. An at sign begins a value, as curl's do, and names no file of further arguments.</summary>
    public static async Task<int> RunAsync(string[] line, InvocationConfiguration configuration)
    {
        var command = CreateCommands().Parse(line, new() { ResponseFileTokenReplacer = null });
        return ProbeCommand.ExitCode(command, await command.InvokeAsync(configuration));
    }

    // Proxy and probe handle SIGTERM and Ctrl+C themselves.
    private static Task<int> Main(string[] args) => RunAsync(args, new() { ProcessTerminationTimeout = null });
}
