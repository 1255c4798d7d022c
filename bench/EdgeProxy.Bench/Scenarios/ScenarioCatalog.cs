using System.Globalization;
using EdgeProxy.Bench.Measure;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>The traffic that the proxies are compared by.</summary>
internal static class ScenarioCatalog
{
    public const string Paced20 = "paced20";
    public const string Paced40 = "paced40";
    public const string Idle5000 = "idle5000";
    public const string Idle9600 = "idle9600";
    public const string Flat = "flat";
    public const string FirstByte = "firstbyte";
    public const string Short = "short";
    public const string Large20 = "large20";
    public const string Large100 = "large100";

    /// <summary>Seconds that idle streams wait: longer than two of EdgeProxy's keep-alive intervals of 8 seconds.</summary>
    private const double IdleHold = 20;

    private const int Megabyte = 1_000_000;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        Paced(Paced20, 20),
        Paced(Paced40, 40),
        Idle(Idle5000, 5_000),
        Idle(Idle9600, 9_600),
        new(Flat, "64 streams as fast as they go, 16 events of 200 bytes a write", new("flat", 64, Bytes: 200, EventsPerWrite: 16), [Figures.EventsPerSecond, Figures.CpuPerEvent, Figures.Violations]),
        new(
            FirstByte,
            "streams one after another: from the request's last byte to the answer's first",
            new("firstbyte", 1),
            [Figures.AddedFirstByteMedian, Figures.AddedFirstByteP99, Figures.FirstByteMedian, Figures.FirstByteP99, Figures.Violations]),
        new(Short, "plain JSON requests, no stream, 64 connections", new("short", 64), [Figures.RequestsPerSecond, Figures.CpuPerRequest, Figures.Violations])
        {
            // Plain YARP keeps its one CPU busy, so its last methods are compiled only after 40 s.
            Warmup = 45,
        },
        Large(Large20, 20),
        Large(Large100, 100),
    ];

    /// <summary>Those of the given names, in the order of <see cref="All"/>, with a part of their streams.</summary>
    public static IReadOnlyList<Scenario> Named(IReadOnlyCollection<string> names, double scale) =>
        [.. All.Where(scenario => names.Contains(scenario.Name)).Select(scenario => scenario with { Plan = scenario.Plan.Scaled(scale) })];

    /// <summary>Events at a steady pace, each written on its own.</summary>
    public static Scenario Paced(string name, double rate, int streams = 1_000, int bytes = 200) => new(
        name,
        $"{Count(streams)} streams × {rate.ToString("0.##", CultureInfo.InvariantCulture)} events/s, {Count(bytes)} bytes an event, one write each",
        new("paced", streams, rate, bytes, EventsPerWrite: 1),
        [Figures.CpuPerEvent, Figures.DelayMedian, Figures.DelayP99, Figures.DelayP999, Figures.EventsPerSecond with { HasRatios = false }, Figures.Violations]);

    /// <summary>Streams that wait for their first byte.</summary>
    public static Scenario Idle(string name, int streams) => new(
        name,
        $"{Count(streams)} streams waiting for a first byte, {IdleHold.ToString(CultureInfo.InvariantCulture)} s long; EdgeProxy sends keep-alives every 8 s",
        new("idle", Math.Min(streams, ProcessLimits.Streams), Hold: IdleHold),
        [Figures.MemoryPerStream, Figures.Memory, Figures.MemoryBefore, Figures.KeepAlives, Figures.Threads, Figures.Descriptors, Figures.Violations])
    {
        MeasuresMemory = true,
    };

    private static Scenario Large(string name, int megabytes) => new(
        name,
        $"one event of {megabytes} MB",
        new("large", 1, Bytes: megabytes * Megabyte),
        [Figures.PeakGrowth, Figures.MegabytesPerSecond, Figures.CpuPerMegabyte, Figures.Violations])
    {
        MeasuresMemory = true,

        // Measuring memory begins with events of 1 MB: what they run through is compiled by then.
        Warmup = 2,
    };

    private static string Count(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
