using System.Globalization;

namespace EdgeProxy.Bench.Load;

/// <summary>Makes the result of a run out of what was counted, and judges whether the load itself was the limit.</summary>
internal static class LoadReport
{
    /// <summary>Above this share of a CPU, the load may be what limits a figure.</summary>
    private const double MostShare = 0.85;

    /// <summary>A paced write later than this is no longer the pace that was asked for.</summary>
    private const double MostLateMicroseconds = 1000;

    /// <summary>The result.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="meter">What was counted.</param>
    /// <param name="backend">What the backend says of the window.</param>
    /// <param name="start">When the window opened.</param>
    /// <param name="end">When it closed.</param>
    /// <param name="cpu">The generator's CPU time in it, in nanoseconds.</param>
    /// <param name="reconnects">Connections that were made anew.</param>
    public static LoadResult Of(LoadOptions options, Meter meter, BackendStats? backend, long start, long end, long cpu, long reconnects)
    {
        var seconds = Math.Max(end - start, 1) / (double)Clock.Second;
        var share = Share(options, backend, cpu, end - start);
        var why = Limit(options, backend, share);
        return new()
        {
            Scenario = options.Scenario.ToString().ToLowerInvariant(),
            Target = options.Target.ToString(),
            Streams = options.Streams,
            Seconds = seconds,
            WindowStart = start,
            WindowEnd = end,
            Events = meter.Events,
            EventsPerSecond = meter.Events / seconds,
            Bytes = meter.Bytes,
            Delay = Spread.Of(meter.Delay),
            Headers = Spread.Of(meter.Headers),
            FirstByte = Spread.Of(meter.FirstByte),
            Answers = meter.Answers,
            AnswersPerSecond = meter.Answers / seconds,
            Answer = Spread.Of(meter.Answer),
            KeepAlives = meter.KeepAlives,
            Primers = meter.Primers,
            Reconnects = reconnects,
            Violations = new(meter.Violations.Total, meter.Violations.ByKind(), meter.Violations.Example),
            GeneratorCpuMilliseconds = cpu / 1e6,
            BackendCpuMilliseconds = (backend?.CpuNanoseconds ?? 0) / 1e6,
            LoadShare = share,
            Backend = backend,
            LoadLimited = why != null,
            LoadLimitedWhy = why,
        };
    }

    // Where nothing says that they have a CPU each, both are taken to share one.
    private static double Share(LoadOptions options, BackendStats? backend, long cpu, long window)
    {
        var other = backend?.CpuNanoseconds ?? 0;
        var apart = options.Cpu is { } own && backend?.Cpu is { } its && own != its;
        return (apart ? Math.Max(cpu, other) : cpu + other) / (double)Math.Max(window, 1);
    }

    private static string? Limit(LoadOptions options, BackendStats? backend, double share)
    {
        if (share > MostShare)
        {
            return string.Create(CultureInfo.InvariantCulture, $"generator and backend used {share:P0} of their CPU");
        }

        return options.Scenario == StreamMode.Paced && backend?.LateP99Microseconds > MostLateMicroseconds
            ? string.Create(CultureInfo.InvariantCulture, $"the backend's writes were {backend.LateP99Microseconds:F0} µs late at the 99th percentile")
            : null;
    }
}
