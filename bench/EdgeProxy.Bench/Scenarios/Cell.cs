using EdgeProxy.Bench.Load;
using EdgeProxy.Bench.Measure;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>One scenario through one proxy in one round: everything that was measured, as it is kept in the run's JSON file.</summary>
internal sealed record Cell(string Scenario, string Proxy, int Round)
{
    /// <summary>What the load generator saw; null where the run failed.</summary>
    public LoadResult? Load { get; init; }

    /// <summary>The proxy before the load, after its warm-up.</summary>
    public ProcessReading Before { get; init; }

    /// <summary>When the measured window opened.</summary>
    public ProcessReading Opened { get; init; }

    /// <summary>When the window closed; of idle streams, while all of them still waited.</summary>
    public ProcessReading Closed { get; init; }

    /// <summary>Streams at once, as planned.</summary>
    public int Streams { get; init; }

    /// <summary>What other work took of the run's CPUs in the window; 1 is one CPU.</summary>
    public double Others { get; init; }

    /// <summary>Why there is no result, or why it is to be read with care.</summary>
    public string? Note { get; init; }

    /// <summary>The proxy's CPU time in the window, in microseconds.</summary>
    public double CpuMicroseconds => (Closed.CpuNanoseconds - Opened.CpuNanoseconds) / 1000.0;
}
