namespace EdgeProxy.Bench.Scenarios;

/// <summary>One kind of traffic and what is read from it.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Title">What happens in it, in words.</param>
/// <param name="Plan">What the load generator does.</param>
/// <param name="Metrics">The columns of its table.</param>
internal sealed record Scenario(string Name, string Title, LoadPlan Plan, IReadOnlyList<Metric> Metrics)
{
    /// <summary>Seconds that the load runs before the window opens: a proxy that is compiled while it runs is to be done with it by then.</summary>
    public double Warmup { get; init; } = 15;

    /// <summary>Whether the proxy first serves some hundred requests, so that the memory it takes once is not counted to the streams.</summary>
    public bool MeasuresMemory { get; init; }

    /// <summary>The proxy's CPUs, where they are not those of the run.</summary>
    public IReadOnlyList<int>? Cpus { get; init; }
}
