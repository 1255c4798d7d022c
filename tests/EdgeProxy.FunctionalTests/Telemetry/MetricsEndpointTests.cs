using System.Globalization;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Telemetry;

/// <summary>What Prometheus gets. No export is on here: the endpoint needs none.</summary>
public sealed class MetricsEndpointTests
{
    private const string Queued = """{"Primer":{"After":"00:00:00"},"Admission":{"MaxConcurrentStreams":1,"QueueLimit":1}}""";

    [Fact]
    public async Task ActiveStreams_AreCountedByState_AndThoseThatQueuedAreCounted()
    {
        var first = new Gate();
        var then = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await first.WaitAsync(exchange.AbortedToken);
            await exchange.SendHeadAsync();
            await exchange.WriteAsync(Family.Chat.Event);
            await then.WaitAsync(exchange.AbortedToken);
            await exchange.WriteAsync(Family.Chat.Terminal + Family.Done);
        });
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(backend.Http1, Queued));

        Assert.Equal("queued 0, streaming 0, waiting 0", await ActiveAsync(proxy));
        await using var running = await AskAsync(proxy);
        await first.Reached;
        Assert.Equal("queued 0, streaming 0, waiting 1", await ActiveAsync(proxy));
        first.Open();
        await running.ReadUntilAsync(Family.Chat.Event);
        await using var waiting = await AskAsync(proxy);

        // Its primer may be here before it stands in the queue.
        var active = "";
        for (var patience = Patience.Token(); active != "queued 1, streaming 1, waiting 0"; patience.ThrowIfCancellationRequested())
        {
            active = await ActiveAsync(proxy);
        }

        await using var refused = await AskAsync(proxy, status: 503);
        await refused.ReadTextAsync();

        then.Open();
        await running.ReadTextAsync();
        await waiting.ReadTextAsync();
        await Patience.UntilAsync(() => proxy.Logs.Lines.Count(static line => line.Event.Name == "StreamFinished") == 3, "all streams' ends");
        Assert.Equal("queued 0, streaming 0, waiting 0", await ActiveAsync(proxy));
        var metrics = await MetricsAsync(proxy);
        Assert.Equal(1, metrics["edgeproxy_admission_queued_total{edgeproxy_route=\"all\"}"]);
        Assert.Equal(1, metrics["edgeproxy_admission_rejected_total{edgeproxy_route=\"all\"}"]);
        Assert.Equal(2, metrics["edgeproxy_streams_total{edgeproxy_dialect=\"OpenAIChat\",edgeproxy_outcome=\"ok\",edgeproxy_route=\"all\"}"]);
        Assert.Equal(1, metrics["edgeproxy_streams_total{edgeproxy_dialect=\"OpenAIChat\",edgeproxy_outcome=\"edge_overloaded\",edgeproxy_route=\"all\",error_type=\"edge_overloaded\"}"]);
        Assert.Equal(2, metrics["edgeproxy_stream_longest_gap_seconds_bucket{edgeproxy_dialect=\"OpenAIChat\",edgeproxy_route=\"all\",le=\"+Inf\"}"]);
    }

    [Fact]
    public async Task Configuration_ItsGenerationAndRefusalsShow()
    {
        await using var backend = await ScriptedBackend.StartAsync();
        var config = ProxyConfig.For(backend.Http1);
        await using var proxy = await ProxyHost.StartAsync(config);
        Assert.Equal((1, 0), await StateAsync(proxy));

        proxy.WriteConfig("{ this is no configuration");
        await Patience.UntilAsync(() => proxy.Logs.Lines.Any(static line => line.Event.Name == "ConfigurationRefused"), "the refusal");
        Assert.Equal((1, 1), await StateAsync(proxy));

        proxy.WriteConfig(config.Route("more", "backend", "/more/{**rest}").ToString());
        await Patience.UntilAsync(() => proxy.Logs.Lines.Any(static line => line.Event.Name == "ConfigurationReloaded"), "the reload");
        Assert.Equal((2, 1), await StateAsync(proxy));

        static async Task<(double Generation, double Failures)> StateAsync(ProxyHost proxy)
        {
            var metrics = await MetricsAsync(proxy);
            return (metrics["edgeproxy_config_generation"], metrics["edgeproxy_config_reload_failures_total"]);
        }
    }

    [Fact]
    public async Task Answer_IsPrometheusText_WithTheFrameworksMetricsOfThisProxyAlone()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync(Family.Chat.Answer));
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(backend.Http1));
        await using (var client = await AskAsync(proxy))
        {
            await client.ReadTextAsync();
        }

        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(proxy.Admin, "/metrics"), TestContext.Current.CancellationToken);
        var metrics = await MetricsAsync(proxy);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Contains("http_server_request_duration_seconds_count{http_request_method=\"POST\",http_response_status_code=\"200\",http_route=\"/{**rest}\",network_protocol_version=\"1.1\",url_scheme=\"http\"}", metrics.Keys);
        Assert.All(metrics.Keys.Where(static series => series.StartsWith("kestrel_", StringComparison.Ordinal)), series => Assert.Contains($"server_port=\"{proxy.Http1.Port}\"", series, StringComparison.Ordinal));
        Assert.Contains("dotnet_process_memory_working_set_bytes", metrics.Keys);
    }

    [Fact]
    public async Task BuffersRented_AreThoseOfUnfinishedEvents()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await exchange.SendHeadAsync();
            await exchange.WriteAsync(Family.Chat.Event + Family.Chat.Event[..20]);
            await gate.WaitAsync(exchange.AbortedToken);
            await exchange.WriteAsync(Family.Chat.Event[20..] + Family.Chat.Terminal + Family.Done);
        });
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(backend.Http1));
        await using var client = await AskAsync(proxy);
        await client.ReadUntilAsync(Family.Chat.Event);
        await gate.Reached;

        // The pool is the process's own, and other tests run in it: what this one holds is at least there.
        var text = await MetricsAsync(proxy);
        Assert.True(text["edgeproxy_buffers_rented"] >= 1);
        gate.Open();
        await client.ReadTextAsync();
    }

    private static async Task<RawClient> AskAsync(ProxyHost proxy, int status = 200)
    {
        var client = await proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions");
        Assert.Equal(status, (await client.ReadHeadAsync()).Status);
        return client;
    }

    private static async Task<string> ActiveAsync(ProxyHost proxy) => string.Join(
        ", ",
        (await MetricsAsync(proxy)).Where(static series => series.Key.StartsWith("edgeproxy_streams_active{edgeproxy_route=\"all\"", StringComparison.Ordinal))
            .Select(static series => $"{series.Key.Split('"')[^2]} {series.Value}"));

    private static async Task<Dictionary<string, double>> MetricsAsync(ProxyHost proxy)
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync(new Uri(proxy.Admin, "/metrics"), TestContext.Current.CancellationToken);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(static line => line[0] != '#')
            .ToDictionary(static line => line[..line.LastIndexOf(' ')], static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }
}
