namespace EdgeProxy.Upstream;

/// <summary>What a cluster's connections are bound by; the values are the framework handler's own.</summary>
/// <param name="ConnectTimeout">For name lookup and connection; infinite is no limit.</param>
/// <param name="IdleTimeout">How long an unused connection is kept.</param>
/// <param name="Lifetime">The age from which a connection is not used again.</param>
internal sealed record UpstreamSettings(TimeSpan ConnectTimeout, TimeSpan IdleTimeout, TimeSpan Lifetime)
{
    /// <summary>Those of a handler.</summary>
    public static UpstreamSettings Of(SocketsHttpHandler handler) => new(handler.ConnectTimeout, handler.PooledConnectionIdleTimeout, handler.PooledConnectionLifetime);
}
