namespace EdgeProxy.Streaming;

/// <summary>
/// How far the upstream's side of a running stream has come. Written once or twice an attempt, never for an event; read by any thread.
/// </summary>
internal sealed class UpstreamProgress
{
    private static readonly Place Nowhere = new(null, null);

    private volatile Place _place = Nowhere;
    private int _attempts;

    /// <summary>Where a stream asks, or has its answer from.</summary>
    /// <param name="Cluster">The cluster; null while none was asked.</param>
    /// <param name="Destination">The destination; null while none was asked.</param>
    public sealed record Place(string? Cluster, string? Destination);

    /// <summary>The destination that was asked last, or whose answer the client gets.</summary>
    public Place Current => _place;

    /// <summary>How many destinations were asked.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>A destination is asked.</summary>
    public void Asked(string cluster, string destination)
    {
        _place = new Place(cluster, destination);
        Interlocked.Increment(ref _attempts);
    }

    /// <summary>A destination's answer is the client's: of two that are asked at once it need not be the last.</summary>
    public void Answers(string cluster, string destination) => _place = new Place(cluster, destination);
}
