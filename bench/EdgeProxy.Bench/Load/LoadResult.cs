namespace EdgeProxy.Bench.Load;

/// <summary>One run of the load generator, as it prints it. Durations are microseconds unless their names say otherwise; counts are of the measuring window.</summary>
internal sealed record LoadResult
{
    public required string Scenario { get; init; }

    public required string Target { get; init; }

    public required int Streams { get; init; }

    /// <summary>The window's length.</summary>
    public required double Seconds { get; init; }

    /// <summary>When the window opened, <c>CLOCK_MONOTONIC</c> in nanoseconds.</summary>
    public required long WindowStart { get; init; }

    /// <summary>When it closed.</summary>
    public required long WindowEnd { get; init; }

    public required long Events { get; init; }

    public required double EventsPerSecond { get; init; }

    /// <summary>Bytes of bodies.</summary>
    public required long Bytes { get; init; }

    /// <summary>From the backend's write to the generator's read of each event.</summary>
    public required Spread Delay { get; init; }

    /// <summary>From the request to its answer's head. Where answers do not follow one another on a connection, of the start of all streams.</summary>
    public required Spread Headers { get; init; }

    /// <summary>From the request to the first byte of its answer's body; the same holds.</summary>
    public required Spread FirstByte { get; init; }

    /// <summary>Whole answers, where they follow one another on a connection.</summary>
    public required long Answers { get; init; }

    public required double AnswersPerSecond { get; init; }

    /// <summary>From the request to the answer's end.</summary>
    public required Spread Answer { get; init; }

    /// <summary>Comments in streams, EdgeProxy's first one not counted; of the whole run.</summary>
    public required long KeepAlives { get; init; }

    /// <summary>Comments with which EdgeProxy opened a stream; of the whole run.</summary>
    public required long Primers { get; init; }

    /// <summary>Connections that the other side ended as it may, and that were made anew; of the whole run.</summary>
    public required long Reconnects { get; init; }

    /// <summary>Of the whole run.</summary>
    public required ViolationReport Violations { get; init; }

    public required double GeneratorCpuMilliseconds { get; init; }

    public required double BackendCpuMilliseconds { get; init; }

    /// <summary>CPU time of generator and backend over the window's length: of the one CPU that they share, or of the busier one's.</summary>
    public required double LoadShare { get; init; }

    /// <summary>The share of the window in which the generator's CPU was not idle, whoever used it; null where it was not pinned to one.</summary>
    public required double? CpuBusy { get; init; }

    /// <summary>What the backend says of the window.</summary>
    public required BackendStats? Backend { get; init; }

    /// <summary>The figures are the load's own limit, and not the target's.</summary>
    public required bool LoadLimited { get; init; }

    /// <summary>Why; null where it is not.</summary>
    public required string? LoadLimitedWhy { get; init; }
}

/// <summary>Percentiles in microseconds.</summary>
internal sealed record Spread(long Count, double P50, double P90, double P99, double P999, double Max)
{
    public static Spread Of(Histogram histogram) => new(
        histogram.Count,
        histogram.Percentile(50) / 1e3,
        histogram.Percentile(90) / 1e3,
        histogram.Percentile(99) / 1e3,
        histogram.Percentile(99.9) / 1e3,
        histogram.Max / 1e3);
}

/// <summary>What was wrong.</summary>
/// <param name="Count">How often something was.</param>
/// <param name="Kinds">How often each kind.</param>
/// <param name="Example">The first one.</param>
internal sealed record ViolationReport(long Count, Dictionary<string, long> Kinds, string? Example);
