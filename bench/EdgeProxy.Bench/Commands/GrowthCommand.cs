using System.CommandLine;
using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Report;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Commands;

/// <summary><c>growth</c>: how the cost grows with streams, event size and cores, as pictures and tables.</summary>
internal static class GrowthCommand
{
    public static Command Create()
    {
        var run = new RunArguments("growth", ProxyCatalog.Named([ProxyCatalog.Nginx, ProxyCatalog.PlainYarp, ProxyCatalog.EdgeProxy]), rounds: 1);
        var study = RunArguments.Names("--study", "Which", GrowthCatalog.Names);
        var pictures = new Option<string>("--pictures") { Description = "The folder that the pictures are drawn into, from the repository's root.", DefaultValueFactory = _ => "docs/performance" };
        var command = new Command("growth", "Measures how the cost grows with streams, event size and cores, and draws it.") { study, pictures };
        run.AddTo(command);
        command.SetAction((parsed, cancellation) =>
            RunAsync(run, parsed.GetRequiredValue(study), Path.Combine(Installed.Root, parsed.GetRequiredValue(pictures)), parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(RunArguments arguments, IReadOnlyCollection<string> names, string pictures, ParseResult parsed, CancellationToken cancellation)
    {
        if (await BenchRun.BeginAsync(arguments, parsed) is not { } run)
        {
            return 1;
        }

        var studies = GrowthCatalog.Named(names, run.Settings);
        await run.MeasureAsync([.. studies.SelectMany(study => study.Points).Select(point => point.Scenario)], cancellation);
        Directory.CreateDirectory(pictures);
        return await run.EndAsync((summary, output) => new GrowthReport(studies, run.Rows, summary).Write(output, pictures));
    }
}
