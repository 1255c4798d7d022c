using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Telemetry;

/// <summary>A proxy on real time that exports to a receiver, and backends with scripts. Each has a route name of its own: the sources of other tests' proxies are heard too.</summary>
internal sealed class TelemetryStage : IAsyncDisposable
{
    private readonly List<ScriptedBackend> _backends = [];

    private TelemetryStage(OtlpReceiver receiver, string route)
    {
        Receiver = receiver;
        Route = route;
    }

    public OtlpReceiver Receiver { get; }

    public string Route { get; }

    public ProxyHost Proxy { get; private set; } = null!;

    /// <summary>The spans of one request of this proxy.</summary>
    public IReadOnlyList<OtlpSpan> Trace(string traceId) => [.. Receiver.Spans.Where(span => span.TraceId == traceId)];

    /// <summary>The last value of each series of a metric that is about this proxy's route.</summary>
    public IReadOnlyList<OtlpPoint> Metric(string name) =>
        [.. Receiver.Points.Where(point => point.Name == name && point.Attributes.GetValueOrDefault("edgeproxy.route") == Route)
            .GroupBy(static point => string.Join(' ', point.Attributes.OrderBy(static pair => pair.Key)), static (_, points) => points.Last())];

    public static async Task<TelemetryStage> StartAsync(string policy, Dictionary<string, string>? variables = null, params Func<BackendExchange, Task>[] scripts)
    {
        var stage = new TelemetryStage(await OtlpReceiver.StartAsync(), "r" + Guid.NewGuid().ToString("N"));
        foreach (var script in scripts)
        {
            stage._backends.Add(await ScriptedBackend.StartAsync(script));
        }

        var config = new ProxyConfig()
            .Cluster("models", [.. stage._backends.Select(static backend => backend.Http1)])
            .Route(stage.Route, "models", "/v1/{**rest}")
            .Policy("Default", policy);
        config.Section("ReverseProxy", "Clusters", "models")["LoadBalancingPolicy"] = "FirstAlphabetical";
        config.Root["OTEL_EXPORTER_OTLP_ENDPOINT"] = stage.Receiver.Address.ToString();
        config.Root["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        foreach (var (name, value) in variables ?? [])
        {
            config.Root[name] = value;
        }

        stage.Proxy = await ProxyHost.StartAsync(config);
        return stage;
    }

    /// <summary>Asks for a stream and reads all of the answer.</summary>
    public async Task<string> AskAsync(string target = "/v1/chat/completions", string headers = "", string body = """{"model":"m","stream":true}""")
    {
        await using var client = await Proxy.ConnectAsync();
        await client.AskAsync(target, headers, body);
        await client.ReadHeadAsync();
        return await client.ReadTextAsync();
    }

    /// <summary>Stops the proxy as a signal does: what is left is sent.</summary>
    public Task StopAsync() => Proxy.DrainAsync();

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        foreach (var backend in _backends)
        {
            await backend.DisposeAsync();
        }

        await Receiver.DisposeAsync();
    }
}
