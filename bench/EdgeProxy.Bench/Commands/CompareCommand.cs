using System.CommandLine;
using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Report;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Commands;

/// <summary><c>compare</c>: every proxy through every scenario, in interleaved rounds, and one table of each.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var run = new RunArguments("compare", ProxyCatalog.All, rounds: 3);
        var scenario = RunArguments.Names("--scenario", "Which traffic", [.. ScenarioCatalog.All.Select(scenario => scenario.Name)]);
        var command = new Command("compare", "Measures what each proxy adds to the same traffic: CPU time, delay, first byte, memory.") { scenario };
        run.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(run, parsed.GetRequiredValue(scenario), parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(RunArguments arguments, IReadOnlyCollection<string> names, ParseResult parsed, CancellationToken cancellation)
    {
        if (await BenchRun.BeginAsync(arguments, parsed) is not { } run)
        {
            return 1;
        }

        var scenarios = ScenarioCatalog.Named(names, run.Settings.Scale);
        await run.MeasureAsync(scenarios, cancellation);
        return await run.EndAsync((summary, output) => new ComparisonReport(scenarios, run.Rows, summary).Write(output));
    }
}
