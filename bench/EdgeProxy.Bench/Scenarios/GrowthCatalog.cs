using System.Globalization;
using EdgeProxy.Bench.Measure;
using EdgeProxy.Bench.Report;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>What is asked about growth: streams, memory, event size, cores.</summary>
internal static class GrowthCatalog
{
    /// <summary>Events a second over all streams, however many there are.</summary>
    private const double TotalRate = 10_000;

    /// <summary>Streams that event sizes are tried with, and the most that goes through them: a loopback on one core carries more.</summary>
    private const int SizeStreams = 50;
    private const double SizeRate = 5_000;
    private const double SizeBytesPerSecond = 100_000_000;

    private static readonly int[] MemoryStreams = [1_000, 2_500, 5_000, 7_500, 9_600];
    private static readonly int[] EventSizes = [50, 200, 1_000, 4_000, 16_000, 64_000, 250_000, 1_000_000];

    public static IReadOnlyList<string> Names { get; } = ["streams", "memory", "sizes", "cores"];

    public static IReadOnlyList<GrowthStudy> Named(IReadOnlyCollection<string> names, RunSettings settings) =>
        [.. new[] { Streams(), Memory(), Sizes(), Cores(settings) }.Where(study => names.Contains(study.Name)).Select(study => study.Scaled(settings.Scale))];

    private static GrowthStudy Streams() => new(
        "streams",
        "CPU per event, by streams",
        $"About 10,000 events/s of 200 bytes in all, spread over more and more streams. The last point is as many streams as a process may have descriptors for here ({ProcessLimits.Descriptors:N0}).",
        new Axis("streams", IsLog: true),
        new Axis("CPU per event, µs", IsLog: false),
        [Figures.CpuPerEvent, Figures.DelayMedian with { HasRatios = false }, Figures.DelayP99 with { HasRatios = false }, Figures.Violations],
        [.. new[] { 10, 100, 1_000, Math.Min(10_000, ProcessLimits.Streams) }.Select(streams => new GrowthPoint(streams, ScenarioCatalog.Paced($"streams-{streams}", TotalRate / streams, streams)))]);

    private static GrowthStudy Memory() => new(
        "memory",
        "Memory per waiting stream, by streams",
        "Streams that wait for a first byte; EdgeProxy sends each a keep-alive every 8 s. The memory that the proxy had after a few hundred requests is not counted.",
        new Axis("streams", IsLog: false),
        new Axis("PSS per stream, KB", IsLog: false),
        [Figures.MemoryPerStream, Figures.Memory, Figures.Violations],
        [.. MemoryStreams.Select(streams => new GrowthPoint(streams, ScenarioCatalog.Idle($"memory-{streams}", streams)))]);

    private static GrowthStudy Sizes() => new(
        "sizes",
        "CPU per event, by event size",
        $"{SizeStreams} streams, one event a write, 5,000 events/s in all or 100 MB/s where that is less.",
        new Axis("bytes an event", IsLog: true),
        new Axis("CPU per event, µs", IsLog: true),
        [Figures.CpuPerEvent, Figures.CpuPerMegabyte, Figures.DelayP99 with { HasRatios = false }, Figures.Violations],
        [.. EventSizes.Select(bytes => new GrowthPoint(bytes, Sized(bytes)))]);

    private static Scenario Sized(int bytes) =>
        ScenarioCatalog.Paced($"sizes-{bytes}", Math.Min(SizeRate, SizeBytesPerSecond / bytes) / SizeStreams, SizeStreams, bytes);

    private static GrowthStudy Cores(RunSettings settings)
    {
        // The second core is one that the load leaves alone, where there is one.
        var free = Enumerable.Range(0, Environment.ProcessorCount).Except(settings.LoadCpus);
        int[] two = [.. settings.ProxyCpus.Concat(free).Concat(settings.LoadCpus).Distinct().Take(2)];
        var shared = two.Intersect(settings.LoadCpus).Any();
        return new(
            "cores",
            "Events per second flat out, on one core and on two",
            $"64 streams as fast as they go, 16 events a write; one worker or thread a core.{(shared ? " With two cores the proxy shares the second with load generator and backend, for the machine has no third: what is shown is how well it takes what is left." : "")}",
            new Axis("cores of the proxy", IsLog: false),
            new Axis("events/s", IsLog: false),
            [Figures.EventsPerSecond, Figures.CpuPerEvent, Figures.Violations],
            [.. Enumerable.Range(1, two.Length).Select(cores => new GrowthPoint(cores, Flat($"cores-{cores.ToString(CultureInfo.InvariantCulture)}", two[..cores])))]);
    }

    private static Scenario Flat(string name, int[] cpus) => ScenarioCatalog.All.Single(scenario => scenario.Name == ScenarioCatalog.Flat) with { Name = name, Cpus = cpus };
}
