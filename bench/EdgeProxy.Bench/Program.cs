using System.CommandLine;
using EdgeProxy.Bench.Load;
using EdgeProxy.Bench.Micro;
using EdgeProxy.Bench.Soak;

namespace EdgeProxy.Bench;

/// <summary>The benches: each is a command of one executable, because the bench starts itself again as backend and load generator.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        var root = new RootCommand("Benches of EdgeProxy.")
        {
            MicroCommand.Create(),
            BackendCommand.Create(),
            LoadCommand.Create(),
            SoakCommand.Create(),
        };
        return root.Parse(args, new() { ResponseFileTokenReplacer = null }).InvokeAsync();
    }
}
