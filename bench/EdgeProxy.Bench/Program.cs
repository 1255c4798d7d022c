using System.CommandLine;
using EdgeProxy.Bench.Commands;
using EdgeProxy.Bench.Load;
using EdgeProxy.Bench.Micro;
using EdgeProxy.Bench.Soak;

namespace EdgeProxy.Bench;

/// <summary>The benches: each is a command of one executable, because the bench starts itself again as backend and load generator.</summary>
internal static class Program
{
    // A run that is told to end stops what it started, and prints what it has.
    private static readonly InvocationConfiguration Configuration = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };

    private static Task<int> Main(string[] args)
    {
        var compare = CompareCommand.Create();
        var root = new RootCommand("What EdgeProxy costs, measured against every proxy that people know. Without a command: compare, with its defaults.")
        {
            compare,
            GrowthCommand.Create(),
            MicroCommand.Create(),
            BackendCommand.Create(),
            LoadCommand.Create(),
            SoakCommand.Create(),
        };
        root.SetAction((_, cancellation) => compare.Parse([]).InvokeAsync(Configuration, cancellation));
        return root.Parse(args, new() { ResponseFileTokenReplacer = null }).InvokeAsync(Configuration);
    }
}
