using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Telemetry;

/// <summary>Debian's own Prometheus fetches the metrics of the built proxy, and its linter has nothing to say of them.</summary>
public sealed class PrometheusTests
{
    private const string Answer = """data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n";

    [Fact]
    public async Task Metrics_PleaseTheLinter()
    {
        var promtool = RealPart.Program("promtool");
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync(Answer));
        await using var proxy = await EdgeProxyProcess.StartAsync(ProxyConfig.For(backend.Http1));
        await AskAsync(proxy);
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(proxy.Admin, "/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("edgeproxy_streams_total{", metrics, StringComparison.Ordinal);

        await using var lint = ExternalProcess.Start(promtool, ["check", "metrics"], keepInput: true);
        await lint.WriteAsync(metrics);
        var output = await lint.OutputAsync(Patience.Limit);

        Assert.Equal((0, "", ""), (await lint.ExitCodeAsync(Patience.Limit), output, lint.Errors));
    }

    [Fact]
    public async Task Prometheus_FetchesThem()
    {
        var prometheus = RealPart.Program("prometheus");
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync(Answer));
        await using var proxy = await EdgeProxyProcess.StartAsync(ProxyConfig.For(backend.Http1));
        await AskAsync(proxy);
        await AskAsync(proxy, streams: 2);
        var folder = Directory.CreateTempSubdirectory("edgeproxy-prometheus-").FullName;
        try
        {
            var file = Path.Combine(folder, "prometheus.yml");
            await File.WriteAllTextAsync(
                file,
                $"global: {{ scrape_interval: 1s }}\nscrape_configs:\n  - job_name: edgeproxy\n    static_configs: [ {{ targets: ['{proxy.Admin.Authority}'] }} ]\n",
                TestContext.Current.CancellationToken);
            var port = FreePort();
            await using var server = ExternalProcess.Start(
                prometheus,
                [$"--config.file={file}", $"--storage.tsdb.path={Path.Combine(folder, "data")}", $"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
                folder);
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

            Assert.Equal("2", await QueryAsync(http, """sum(edgeproxy_streams_total{edgeproxy_route="all",edgeproxy_outcome="ok"})"""));
            Assert.Equal("2", await QueryAsync(http, """edgeproxy_stream_duration_seconds_bucket{le="+Inf"}"""));
            Assert.Equal("0", await QueryAsync(http, """sum(edgeproxy_streams_active)"""));
            Assert.Equal("1", await QueryAsync(http, """edgeproxy_config_generation"""));
            var metadata = await http.GetStringAsync(new Uri("/api/v1/metadata?metric=edgeproxy_stream_duration_seconds", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Contains("\"type\":\"histogram\"", metadata, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task AskAsync(EdgeProxyProcess proxy, int streams = 1)
    {
        using var http = new HttpClient();
        using var content = new StringContent("""{"model":"m","stream":true}""", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri(proxy.Http1, "/v1/chat/completions"), content, TestContext.Current.CancellationToken);
        Assert.EndsWith("data: [DONE]\n\n", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await Patience.UntilAsync(() => proxy.Lines.Count(static line => line.Contains("EdgeProxy.Telemetry.StreamLog", StringComparison.Ordinal)) == streams, "the stream's line");
    }

    /// <summary>The one value that a query gives, once Prometheus is up and has fetched at all.</summary>
    private static async Task<string> QueryAsync(HttpClient http, string query)
    {
        var give = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                var answer = await http.GetStringAsync(new Uri("/api/v1/query?query=" + Uri.EscapeDataString(query), UriKind.Relative), TestContext.Current.CancellationToken);
                var result = JsonDocument.Parse(answer).RootElement.GetProperty("data").GetProperty("result");
                if (result.GetArrayLength() == 1)
                {
                    return result[0].GetProperty("value")[1].GetString()!;
                }
            }
            catch (HttpRequestException) when (TimeProvider.System.GetElapsedTime(give) < Patience.Limit)
            {
                // It is not listening yet.
            }

            Assert.True(TimeProvider.System.GetElapsedTime(give) < Patience.Limit, $"Prometheus has no single value for {query}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
