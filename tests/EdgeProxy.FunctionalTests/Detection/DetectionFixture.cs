using System.Collections.Concurrent;
using EdgeProxy.FunctionalTests.Detection;
using EdgeProxy.TestKit;

[assembly: AssemblyFixture(typeof(DetectionFixture))]

namespace EdgeProxy.FunctionalTests.Detection;

/// <summary>One proxy whose streams open with the primer at once, and a backend that answers JSON: the shape of the answer tells what was decided.</summary>
public sealed class DetectionFixture : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, BackendExchange> _seen = new();
    private ScriptedBackend _backend = null!;

    internal ProxyHost Proxy { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _backend = await ScriptedBackend.StartAsync();
        var config = new ProxyConfig()
            .Cluster("backend", _backend.Http1)
            .Policy("Default", Stage.SingleAttempt("""{ "Primer": { "After": "00:00:00" } }"""))
            .Policy("Always", Stage.SingleAttempt("""{ "Detect": "Always", "Primer": { "After": "00:00:00" } }"""))
            .Policy("Never", """{ "Detect": "Never" }""")
            .Route("all", "backend")
            .Route("always", "backend", "/Always/{**rest}", "Always")
            .Route("never", "backend", "/Never/{**rest}", "Never")
            .Route("small", "backend", "/small/{**rest}");
        config.Section("ReverseProxy", "Routes", "small")["MaxRequestBodySize"] = 4000;
        Proxy = await ProxyHost.StartManualAsync(config);
    }

    /// <summary>A script of the backend for one request: an event stream if it should be one, JSON if not.</summary>
    internal string Script(bool isStream)
    {
        var name = Guid.NewGuid().ToString("N");
        _backend.On(name, exchange =>
        {
            _seen[name] = exchange;
            return isStream ? exchange.StreamAsync(Family.Chat.Answer) : exchange.AnswerAsync(200, "application/json", """{"plain":1}""");
        });
        return name;
    }

    /// <summary>The request as the backend saw it.</summary>
    internal BackendExchange Seen(string script) => _seen[script];

    /// <summary>What a client of that family gets.</summary>
    internal static string Expected(bool isStream, string family) => isStream ? Family.Named(family).Primer + Family.Chat.Answer : """{"plain":1}""";

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await _backend.DisposeAsync();
    }
}
