using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Report;

/// <summary>The tables of a comparison: one for each scenario, then the aims.</summary>
internal sealed class ComparisonReport(IReadOnlyList<Scenario> scenarios, IReadOnlyList<ProxyRow> proxies, Summary summary)
{
    public void Write(TextWriter output)
    {
        foreach (var scenario in scenarios)
        {
            output.Write($"### {scenario.Name}\n\n{char.ToUpperInvariant(scenario.Title[0])}{scenario.Title[1..]}.\n\n{TableOf(scenario)}\n");
        }

        output.Write($"### The aims\n\n{Goals.Judge(summary)}");
    }

    private Table TableOf(Scenario scenario)
    {
        List<string> heads = ["proxy"];
        foreach (var metric in scenario.Metrics)
        {
            heads.Add(metric.Name);
            if (metric.HasRatios)
            {
                heads.Add("× YARP / nginx");
            }
        }

        heads.Add("note");
        var table = new Table([.. heads]);
        table.TextColumns.Add(heads.Count - 1);
        foreach (var proxy in proxies)
        {
            table.Add([.. Row(scenario, proxy)]);
        }

        return table;
    }

    private IEnumerable<string> Row(Scenario scenario, ProxyRow proxy)
    {
        yield return ProxyCatalog.Title(proxy.Name);
        foreach (var metric in scenario.Metrics)
        {
            yield return Number.Of(summary.Of(scenario.Name, proxy.Name, metric), metric.Decimals);
            if (metric.HasRatios)
            {
                yield return $"{Ratio(ProxyCatalog.PlainYarp)} / {Ratio(ProxyCatalog.Nginx)}";
            }

            string Ratio(string other) => Number.Ratio(summary.Ratio(scenario.Name, proxy.Name, other, metric));
        }

        yield return proxy.Found.Missing is { } why ? $"not available: {why}" : string.Join("; ", summary.Notes(scenario.Name, proxy.Name)).Replace('|', '/');
    }
}

/// <summary>A proxy that was asked for, measured or not.</summary>
internal sealed record ProxyRow(string Name, Availability Found);
