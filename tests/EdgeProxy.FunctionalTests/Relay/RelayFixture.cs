using EdgeProxy.FunctionalTests.Relay;
using EdgeProxy.TestKit;

[assembly: AssemblyFixture(typeof(RelayFixture))]

namespace EdgeProxy.FunctionalTests.Relay;

/// <summary>
/// One proxy and one backend for all recordings. The clock stands still: no primer and no keep-alive is due, so what the client gets
/// must be what the backend sent. The backend's protocol is chosen by the header <c>x-backend</c>.
/// </summary>
public sealed class RelayFixture : IAsyncLifetime
{
    private readonly Dictionary<ClientProtocol, HttpClient> _clients = [];

    internal ScriptedBackend Backend { get; private set; } = null!;

    internal ProxyHost Proxy { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Backend = await ScriptedBackend.StartAsync();
        var config = new ProxyConfig()
            .Cluster("h1", Backend.Http1)
            .Cluster("h2c", http2: true, Backend.H2c)
            .Policy("generic", """{ "Dialect": "Generic" }""")
            .Policy("always", """{ "Detect": "Always" }""");
        foreach (var cluster in (string[])["h1", "h2c"])
        {
            config.Route(cluster, cluster, header: $"x-backend: {cluster}");

            // Writer answers /completions with a format of its own; watsonx asked for a stream by a path of its beta.
            config.Route($"writer-{cluster}", cluster, "/v1/completions/{**rest}", "generic", $"x-backend: {cluster}-writer");
            config.Route($"watsonx-{cluster}", cluster, "/ml/{**rest}", "always", $"x-backend: {cluster}");
        }

        Proxy = await ProxyHost.StartManualAsync(config);
        foreach (var protocol in Enum.GetValues<ClientProtocol>())
        {
            _clients[protocol] = Proxy.CreateClient(protocol);
        }
    }

    /// <summary>Relays a recording and returns the answer; its body is read by the caller.</summary>
    internal async Task<HttpResponseMessage> RelayAsync(Recording recording, Fragmentation fragmentation, ClientProtocol protocol, bool http2Backend)
    {
        var script = Guid.NewGuid().ToString("N");
        Backend.On(script, async exchange =>
        {
            exchange.SetHead(200, recording.ContentType);
            foreach (var piece in Fragments.Cut(recording, fragmentation))
            {
                await exchange.WriteAsync(piece);
                if (fragmentation == Fragmentation.Paced)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                }
            }
        });
        using var request = recording.Request(Proxy.Address(protocol));
        request.Version = protocol == ClientProtocol.Http1 ? new Version(1, 1) : new Version(2, 0);
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.Add(ScriptedBackend.ScriptHeader, script);
        request.Headers.Add("x-backend", (http2Backend ? "h2c" : "h1") + (recording.File.StartsWith("writer", StringComparison.Ordinal) ? "-writer" : ""));
        return await _clients[protocol].SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        await Proxy.DisposeAsync();
        await Backend.DisposeAsync();
    }
}
