namespace EdgeProxy.Telemetry;

/// <summary>What became of one attempt.</summary>
/// <param name="Route">The YARP route.</param>
/// <param name="Cluster">The cluster that was asked.</param>
/// <param name="Destination">The destination that was asked; null if there was none.</param>
/// <param name="Outcome">What came of it, in a word: see docs/telemetry.md.</param>
/// <param name="Next">What was decided after its failure and why, in a word; null if it did not fail.</param>
/// <param name="UpstreamStatus">The status of the destination's answer; null if there was none.</param>
/// <param name="FirstEventAfter">From its beginning to its first event; null if there was none.</param>
internal readonly record struct AttemptReport(
    string Route, string Cluster, string? Destination, string Outcome, string? Next, int? UpstreamStatus, TimeSpan? FirstEventAfter)
{
    /// <summary>Whether the destination let the request down.</summary>
    public bool IsFailure => Outcome is not ("ok" or "lost" or "cancelled");
}
