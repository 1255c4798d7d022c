using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Report;

/// <summary>What EdgeProxy is meant to reach, and whether it did in this run.</summary>
internal static class Goals
{
    private static readonly IReadOnlyList<Goal> All =
    [
        new("paced: CPU per event", [ScenarioCatalog.Paced20], Figures.CpuPerEvent, Limit.AtMost(0.65, ProxyCatalog.PlainYarp), Limit.AtMost(1.15, ProxyCatalog.Nginx)),
        new("paced: p50 delay", [ScenarioCatalog.Paced20], Figures.DelayMedian, Limit.AtMost(0.6, ProxyCatalog.PlainYarp), Limit.AtMost(1.1, ProxyCatalog.Nginx)),
        new("paced: p99 delay", [ScenarioCatalog.Paced20], Figures.DelayP99, Limit.AtMost(0.5, ProxyCatalog.PlainYarp), Limit.AtMost(1_000, unit: "µs")),
        new("paced at 40/s: p99 delay", [ScenarioCatalog.Paced40], Figures.DelayP99, Limit.AtMost(6_000, unit: "µs"), Limit.AtMost(2_000, unit: "µs")),
        new("paced at 40/s: events/s of those sent directly", [ScenarioCatalog.Paced40], Figures.EventsPerSecond, Limit.AtLeast(0.99, ProxyCatalog.None), Limit.AtLeast(0.99, ProxyCatalog.None)),
        new("idle: memory per stream", [ScenarioCatalog.Idle9600, ScenarioCatalog.Idle5000], Figures.MemoryPerStream, Limit.AtMost(0.8, ProxyCatalog.PlainYarp), Limit.AtMost(10, unit: "KB")),
        new("flat out: events/s", [ScenarioCatalog.Flat], Figures.EventsPerSecond, Limit.AtLeast(0.9, ProxyCatalog.PlainYarp), Limit.AtLeast(1, ProxyCatalog.Nginx)),
        new("added first byte, p50", [ScenarioCatalog.FirstByte], Figures.AddedFirstByteMedian, Limit.AtMost(1.1, ProxyCatalog.Nginx), Limit.AtMost(1, ProxyCatalog.Nginx)),
        new("short: requests/s", [ScenarioCatalog.Short], Figures.RequestsPerSecond, Limit.AtLeast(2, ProxyCatalog.PlainYarp), Limit.AtLeast(3, ProxyCatalog.PlainYarp)),
        new("100 MB in one event: peak memory growth", [ScenarioCatalog.Large100], Figures.PeakGrowth, Limit.AtMost(8, unit: "MB"), Limit.AtMost(2, unit: "MB")),
    ];

    /// <summary>One line for each goal, with what was measured; those whose scenario did not run say so.</summary>
    public static Table Judge(Summary summary)
    {
        var table = new Table("figure", "must", "measured", "", "aim", "measured", "") { TextColumns = { 1, 3, 4, 6 } };
        foreach (var goal in All)
        {
            var must = goal.Must.Judge(summary, goal);
            var aim = goal.Aim.Judge(summary, goal);
            table.Add(goal.Name, goal.Must.ToString(), must.Measured, must.Verdict, goal.Aim.ToString(), aim.Measured, aim.Verdict);
        }

        return table;
    }

    /// <summary>A figure and what it is held to, in the first of its scenarios that ran.</summary>
    private sealed record Goal(string Name, string[] Scenarios, Metric Metric, Limit Must, Limit Aim);

    /// <summary>A bound on a figure, or on its ratio to another proxy's.</summary>
    private sealed record Limit(double Bound, bool IsUpper, string? Other, string Unit)
    {
        public static Limit AtMost(double bound, string? other = null, string unit = "") => new(bound, true, other, unit);

        public static Limit AtLeast(double bound, string? other = null, string unit = "") => new(bound, false, other, unit);

        public (string Measured, string Verdict) Judge(Summary summary, Goal goal)
        {
            var measured = goal.Scenarios
                .Select(scenario => Other is null ? summary.Of(scenario, ProxyCatalog.EdgeProxy, goal.Metric) : summary.Ratio(scenario, ProxyCatalog.EdgeProxy, Other, goal.Metric))
                .FirstOrDefault(spread => spread is not null);
            if (measured is not { } spread)
            {
                return (Number.Nothing, "not measured");
            }

            var holds = IsUpper ? spread.Median <= Bound : spread.Median >= Bound;
            return (Number.Of(spread, Other is null ? goal.Metric.Decimals : 2), holds ? "met" : "**not met**");
        }

        public override string ToString()
        {
            var bound = $"{(IsUpper ? "≤" : "≥")} {Bound.ToString("#,0.##", System.Globalization.CultureInfo.InvariantCulture)}";
            return Other is null ? $"{bound} {Unit}" : $"{bound} × {ProxyCatalog.Title(Other)}";
        }
    }
}
