namespace EdgeProxy.Bench.Proxies;

/// <summary>No proxy at all: what load generator, backend and kernel cost alone.</summary>
internal sealed class DirectProxy : IProxyUnderTest
{
    public string Name => ProxyCatalog.None;

    public Availability Find() => Availability.Of("");

    public Task<RunningProxy> StartAsync(ProxyPlace place, CancellationToken cancellationToken) => Task.FromResult(RunningProxy.Direct(place.Backend));
}
