using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Report;

/// <summary>What the rounds of a run say together.</summary>
internal sealed class Summary(IReadOnlyList<Cell> cells)
{
    private readonly ILookup<(string Scenario, string Proxy), Cell> _cells = cells.ToLookup(cell => (cell.Scenario, cell.Proxy));

    /// <summary>A figure over the rounds; null where no round has it.</summary>
    public RoundSpread? Of(string scenario, string proxy, Metric metric) => RoundSpread.Of(Values(scenario, proxy, metric).Select(value => value.Value));

    /// <summary>The ratio of two proxies, taken round by round; null where no round has both, or the other's is zero.</summary>
    public RoundSpread? Ratio(string scenario, string proxy, string other, Metric metric)
    {
        var others = Values(scenario, other, metric).ToDictionary(value => value.Round, value => value.Value);
        return RoundSpread.Of(Values(scenario, proxy, metric).Where(value => others.GetValueOrDefault(value.Round) > 0).Select(value => value.Value / others[value.Round]));
    }

    /// <summary>What the rounds had to remark, each remark once.</summary>
    public IEnumerable<string> Notes(string scenario, string proxy) => _cells[(scenario, proxy)].Select(cell => cell.Note).OfType<string>().Distinct();

    private IEnumerable<(int Round, double Value)> Values(string scenario, string proxy, Metric metric)
    {
        foreach (var cell in _cells[(scenario, proxy)])
        {
            var direct = _cells[(scenario, ProxyCatalog.None)].FirstOrDefault(other => other.Round == cell.Round && other.Load is not null);
            if (metric.Of(cell, direct) is { } value)
            {
                yield return (cell.Round, value);
            }
        }
    }
}

/// <summary>A figure over several rounds.</summary>
internal readonly record struct RoundSpread(double Median, double Lowest, double Highest)
{
    /// <summary>Null where there is no value.</summary>
    public static RoundSpread? Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0)
        {
            return null;
        }

        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new RoundSpread(median, sorted[0], sorted[^1]);
    }
}
