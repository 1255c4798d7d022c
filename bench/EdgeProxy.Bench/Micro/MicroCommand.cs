using System.CommandLine;
using BenchmarkDotNet.Running;

namespace EdgeProxy.Bench.Micro;

/// <summary><c>micro</c>: the micro-benchmarks of our own code; what follows goes to BenchmarkDotNet as it is.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        var command = new Command("micro", "Runs the micro-benchmarks: micro --filter '*SseScanner*'") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(parsed => { BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run([.. parsed.UnmatchedTokens]); });
        return command;
    }
}
