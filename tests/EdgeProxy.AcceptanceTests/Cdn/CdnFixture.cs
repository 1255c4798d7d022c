using EdgeProxy.AcceptanceTests.Provider;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Cdn;

/// <summary>A provider that keeps a CDN waiting for three times what it grants, and EdgeProxy in front of it.</summary>
public sealed class CdnFixture : IAsyncLifetime
{
    private FakeProvider _provider = null!;
    private ProxyHost _proxy = null!;

    /// <summary>The provider itself.</summary>
    internal Uri Provider => _provider.Address;

    /// <summary>EdgeProxy.</summary>
    internal Uri Edge => _proxy.Http1;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync(wait: TimeSpan.FromSeconds(6));
        _proxy = await ProxyHost.StartAsync(ProxyConfig.For(
            _provider.Address,
            """{ "Primer": { "After": "00:00:00.500" }, "KeepAlive": { "Interval": "00:00:00.500" }, "Attempts": { "Max": 1 } }"""));
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _provider.DisposeAsync();
    }
}
