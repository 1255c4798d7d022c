using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>
/// The one request that finds out whether a destination is well again. To be disposed when its attempt has ended, or when it is
/// not sent there after all: if nothing was learnt until then, the next request may find out.
/// </summary>
internal sealed class BreakerProbe(DestinationState destination, Breaker breaker, int claim) : IDisposable
{
    /// <summary>The destination that is probed.</summary>
    public DestinationState Destination { get; } = destination;

    /// <inheritdoc/>
    public void Dispose() => breaker.Release(claim);
}
