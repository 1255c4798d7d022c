using System.CommandLine;
using EdgeProxy.Commands;

// One executable, several commands; without one it runs the proxy.
// A host is a web application (Hosting) made from files, environment and command line (Configuration): YARP with the
// streaming middleware in front (Pipeline), one attempt at a destination at a time behind it (Attempts).
var host = new HostArguments();
var run = RunCommand.Create(host);
var root = new RootCommand("A front door for LLM backends: opens event streams early, keeps them alive, and ends every one cleanly.")
{
    run,
    CheckCommand.Create(host),
    DemoCommand.Create(),
    HealthCommand.Create(host),
};
host.AddTo(root);
root.Action = run.Action;

// The host handles SIGTERM and Ctrl+C itself: it lets running streams end.
return await root.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
