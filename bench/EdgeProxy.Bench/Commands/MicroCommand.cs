using System.CommandLine;
using BenchmarkDotNet.Running;

namespace EdgeProxy.Bench.Commands;

/// <summary><c>micro</c>: BenchmarkDotNet's own command line over the classes in Micro.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        var arguments = new Argument<string[]>("arguments") { Description = "BenchmarkDotNet's own options: --filter '*SseScanner*'.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("micro", "Runs the micro-benchmarks.") { arguments };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parsed => BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run([.. parsed.GetValue(arguments) ?? [], .. parsed.UnmatchedTokens]) is null ? 1 : 0);
        return command;
    }
}
