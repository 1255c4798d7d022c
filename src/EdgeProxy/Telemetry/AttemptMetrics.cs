using System.Diagnostics.Metrics;

namespace EdgeProxy.Telemetry;

/// <summary>Counts attempts.</summary>
internal sealed class AttemptMetrics(IMeterFactory meters)
{
    /// <summary>The name of EdgeProxy's meter.</summary>
    public const string MeterName = "EdgeProxy";

    private readonly Counter<long> _attempts = meters.Create(MeterName)
        .CreateCounter<long>("edgeproxy.attempts", "{attempt}", "Forwardings of a request to a destination.");

    /// <summary>An attempt has ended.</summary>
    /// <param name="route">The YARP route.</param>
    /// <param name="cluster">The cluster that was asked.</param>
    /// <param name="outcome">What came of it, in a word.</param>
    /// <param name="next">What was decided after its failure and why, in a word; null if it did not fail.</param>
    public void Ended(string route, string cluster, string outcome, string? next) =>
        _attempts.Add(
            1,
            new("edgeproxy.route", route),
            new("edgeproxy.cluster", cluster),
            new("edgeproxy.outcome", outcome),
            new KeyValuePair<string, object?>("edgeproxy.next", next ?? "none"));
}
