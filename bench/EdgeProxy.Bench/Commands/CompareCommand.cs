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
        var known = ScenarioCatalog.All.Select(scenario => scenario.Name).ToArray();
        var scenario = new Option<string>("--scenario") { Description = $"Which traffic, separated by commas: {string.Join(",", known)}.", DefaultValueFactory = _ => string.Join(",", known) };
        var command = new Command("compare", "Measures what each proxy adds to the same traffic: CPU time, delay, first byte, memory.") { scenario };
        run.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(run, RunArguments.List(parsed.GetRequiredValue(scenario), known), parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(RunArguments arguments, IReadOnlyCollection<string> names, ParseResult parsed, CancellationToken cancellation)
    {
        var (output, progress) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        if (RunArguments.Objection() is { } objection)
        {
            await progress.WriteLineAsync(objection);
            return 1;
        }

        var proxies = arguments.Proxies(parsed);
        var rows = proxies.Select(proxy => proxy.Row).ToList();
        var settings = arguments.Settings(parsed);
        var scenarios = ScenarioCatalog.Named(names, settings.Scale);
        var measured = proxies.Where(proxy => proxy.Row.Found.Missing is null).Select(proxy => proxy.Proxy).ToList();
        var cells = await Rounds.RunAsync(scenarios, measured, settings, progress, cancellation);

        var text = new StringWriter();
        text.Write($"{Machine.Line}. {Machine.Versions(rows)}. {RunWords(settings)}\n\n");
        new ComparisonReport(scenarios, rows, new Summary(cells)).Write(text);
        await output.WriteAsync(text.ToString());
        await progress.WriteLineAsync($"every cell is in {await RunFile.WriteAsync(arguments.Name(parsed), settings, rows, cells, text.ToString())}");
        return 0;
    }

    private static string RunWords(RunSettings settings) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"Rounds: {settings.Rounds}, window: {settings.Seconds} s, proxy on CPU {PinnedProcess.CpuList(settings.ProxyCpus)}, load and backend on CPU {PinnedProcess.CpuList(settings.LoadCpus)}{(settings.Scale == 1 ? "" : $", scale {settings.Scale}")}.");
}
