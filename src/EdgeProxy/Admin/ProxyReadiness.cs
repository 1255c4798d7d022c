namespace EdgeProxy.Admin;

/// <summary>Whether the proxy takes work, in a word.</summary>
internal static class ProxyReadiness
{
    /// <summary>It takes requests.</summary>
    public const string Ready = "ready";

    /// <summary><c>starting</c> until the proxy listens, <c>ready</c>, <c>draining</c> from the moment in which it is told to stop.</summary>
    public static string Of(IHostApplicationLifetime proxy) =>
        proxy.ApplicationStopping.IsCancellationRequested ? "draining" : proxy.ApplicationStarted.IsCancellationRequested ? Ready : "starting";
}
