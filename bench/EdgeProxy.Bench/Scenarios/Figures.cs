using EdgeProxy.Bench.Load;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>The figures that scenarios are made of, each read from one cell.</summary>
internal static class Figures
{
    private const double Kilo = 1024;
    private const double Mega = 1024 * 1024;

    public static Metric CpuPerEvent { get; } = new("CPU per event, µs", 1, (cell, _) => OfProxy(cell, cell.CpuMicroseconds / cell.Load!.Events), HasRatios: true);

    public static Metric CpuPerMegabyte { get; } = new("CPU per MB, µs", 0, (cell, _) => OfProxy(cell, cell.CpuMicroseconds / (cell.Load!.Bytes / 1e6)));

    public static Metric CpuPerRequest { get; } = new("CPU per request, µs", 1, (cell, _) => OfProxy(cell, cell.CpuMicroseconds / cell.Load!.Answers));

    public static Metric DelayMedian { get; } = new("delay p50, µs", 0, (cell, _) => Of(cell.Load?.Delay)?.P50, HasRatios: true);

    public static Metric DelayP99 { get; } = new("p99, µs", 0, (cell, _) => Of(cell.Load?.Delay)?.P99, HasRatios: true);

    public static Metric DelayP999 { get; } = new("p99.9, µs", 0, (cell, _) => Of(cell.Load?.Delay)?.P999);

    public static Metric EventsPerSecond { get; } = new("events/s", 0, (cell, _) => cell.Load?.EventsPerSecond, HasRatios: true);

    public static Metric RequestsPerSecond { get; } = new("requests/s", 0, (cell, _) => cell.Load?.AnswersPerSecond, HasRatios: true);

    public static Metric MegabytesPerSecond { get; } = new("MB/s", 0, (cell, _) => cell.Load is { } load ? load.Bytes / 1e6 / load.Seconds : null, HasRatios: true);

    public static Metric FirstByteMedian { get; } = new("first byte p50, µs", 0, (cell, _) => Of(cell.Load?.FirstByte)?.P50);

    public static Metric FirstByteP99 { get; } = new("first byte p99, µs", 0, (cell, _) => Of(cell.Load?.FirstByte)?.P99);

    public static Metric AddedFirstByteMedian { get; } =
        new("added p50, µs", 0, (cell, direct) => OfProxy(cell, Of(cell.Load?.FirstByte)?.P50 - Of(direct?.Load?.FirstByte)?.P50), HasRatios: true);

    public static Metric AddedFirstByteP99 { get; } =
        new("added p99, µs", 0, (cell, direct) => OfProxy(cell, Of(cell.Load?.FirstByte)?.P99 - Of(direct?.Load?.FirstByte)?.P99));

    public static Metric MemoryPerStream { get; } = new("memory per stream, KB", 1, (cell, _) => OfProxy(cell, (cell.Closed.PssBytes - cell.Before.PssBytes) / Kilo / cell.Streams), HasRatios: true);

    public static Metric Memory { get; } = new("memory in all, MB", 0, (cell, _) => OfProxy(cell, cell.Closed.PssBytes / Mega));

    public static Metric MemoryBefore { get; } = new("before, MB", 0, (cell, _) => OfProxy(cell, cell.Before.PssBytes / Mega));

    public static Metric PeakGrowth { get; } = new("peak memory growth, MB", 1, (cell, _) => OfProxy(cell, (cell.Closed.PeakRssBytes - cell.Before.RssBytes) / Mega), HasRatios: true);

    public static Metric KeepAlives { get; } = new("keep-alives seen", 0, (cell, _) => cell.Load?.KeepAlives);

    public static Metric Threads { get; } = new("threads", 0, (cell, _) => OfProxy(cell, cell.Closed.Threads));

    public static Metric Descriptors { get; } = new("descriptors", 0, (cell, _) => OfProxy(cell, cell.Closed.Descriptors));

    public static Metric Violations { get; } = new("violations", 0, (cell, _) => cell.Load?.Violations.Count);

    /// <summary>Percentiles of nothing are none.</summary>
    private static Spread? Of(Spread? spread) => spread is { Count: > 0 } ? spread : null;

    /// <summary>A figure of the proxy's own process means nothing where there is none, or where nothing was measured.</summary>
    private static double? OfProxy(Cell cell, double? value) => cell.Load is null || cell.Closed.PssBytes == 0 || value is not { } number || !double.IsFinite(number) ? null : number;
}
