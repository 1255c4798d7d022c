using System.Globalization;

namespace EdgeProxy.Bench.Load;

/// <summary>Makes the result of a run out of what was counted, and judges whether the load itself was the limit.</summary>
internal static class LoadReport
{
    /// <summary>Above this share of a CPU, the load may be what limits a figure.</summary>
    private const double MostShare = 0.85;

    /// <summary>Above this share a CPU has no time left, whoever takes it: the other side's packets, another process.</summary>
    private const double MostBusy = 0.95;

    /// <summary>A paced write later than this is no longer the pace that was asked for.</summary>
    private const double MostLateMicroseconds = 1000;

    /// <summary>The result.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="meter">What was counted.</param>
    /// <param name="backend">What the backend says of the window.</param>
    /// <param name="start">When the window opened.</param>
    /// <param name="end">When it closed.</param>
    /// <param name="cpu">The generator's CPU time in it, in nanoseconds.</param>
    /// <param name="idle">The idle time of the generator's CPU in it, in nanoseconds; without meaning where it has none of its own.</param>
    /// <param name="reconnects">Connections that were made anew.</param>
    public static LoadResult Of(LoadOptions options, Meter meter, BackendStats? backend, long start, long end, long cpu, long idle, long reconnects)
    {
        var seconds = Math.Max(end - start, 1) / (double)Clock.Second;
        var share = Share(options, backend, cpu, end - start);
        double? busy = options.Cpu is null ? null : 1 - Math.Clamp(idle / (double)Math.Max(end - start, 1), 0, 1);
        var why = Limit(options, backend, share, busy);
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
            CpuBusy = busy,
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

    private static string? Limit(LoadOptions options, BackendStats? backend, double share, double? busy)
    {
        if (share > MostShare)
        {
            return string.Create(CultureInfo.InvariantCulture, $"generator and backend used {share:P0} of their CPU");
        }

        // An idle run measures memory, which waits for nobody.
        if (busy > MostBusy && options.Scenario != StreamMode.Idle)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the load's CPU was busy {busy:P0} of the time, {share:P0} by generator and backend");
        }

        return options.Scenario == StreamMode.Paced && backend?.LateP99Microseconds > MostLateMicroseconds
            ? string.Create(CultureInfo.InvariantCulture, $"the backend's writes were {backend.LateP99Microseconds:F0} µs late at the 99th percentile")
            : null;
    }
}
