using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Cdn;

/// <summary>
/// The configurations in <c>deploy/</c>, run as they are but for their addresses: what EdgeProxy writes passes at once, nothing is
/// collected, compressed or refused on the way, and a client that leaves is seen at the backend.
/// </summary>
public abstract class DeployedTests
{
    private const string Primer = ": edgeproxy\n\n";
    private const string KeepAlive = ": keep-alive\n\n";
    private const string Event = """data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}""" + "\n\n";
    private const string Ending = """data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n";

    private readonly CdnKind _kind;

    private protected DeployedTests(CdnKind kind) => _kind = kind;

    [Fact]
    public async Task SilentBackend_PrimerAndKeepAlivesPass_AndEachEventBeforeTheNextIsWritten()
    {
        var (begin, end) = (new Gate(), new Gate());
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await begin.WaitAsync(exchange.AbortedToken);
            exchange.SetHead();
            await exchange.WriteAsync(Event);
            await end.WaitAsync(exchange.AbortedToken);
            await exchange.WriteAsync(Ending);
        });
        await using var proxy = await StartProxyAsync(backend);
        await using var cdn = await RunningCdn.StartAsync(_kind, proxy.Http1);
        await using var client = await RawClient.ConnectAsync(cdn.Address);

        await client.AskAsync("/v1/chat/completions", "Accept-Encoding: gzip\r\n");
        var head = await client.ReadHeadAsync();

        Assert.Equal((200, "text/event-stream"), (head.Status, head["Content-Type"]));
        Assert.DoesNotContain("Content-Encoding", head.Headers.Keys);
        Assert.StartsWith(Primer, await client.ReadUntilAsync(Primer), StringComparison.Ordinal);
        await client.ReadUntilAsync(KeepAlive);
        begin.Open();
        await client.ReadUntilAsync(Event);
        await client.ReadUntilAsync(KeepAlive);
        end.Open();
        Assert.EndsWith(Ending, (await client.ReadTextAsync()).Replace(KeepAlive, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LargeRequest_ReachesTheBackendWhole()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync(Event + Ending));
        await using var proxy = await StartProxyAsync(backend);
        await using var cdn = await RunningCdn.StartAsync(_kind, proxy.Http1);
        await using var client = await RawClient.ConnectAsync(cdn.Address);
        var body = $$"""{"model":"m","stream":true,"picture":"{{new string('A', 12 << 20)}}"}""";

        await client.AskAsync("/v1/chat/completions", body: body);

        Assert.Equal(200, (await client.ReadHeadAsync()).Status);
        Assert.EndsWith(Ending, await client.ReadTextAsync(), StringComparison.Ordinal);
        Assert.Equal(Encoding.UTF8.GetByteCount(body), (await backend.NextAsync()).Body.Length);
    }

    [Fact]
    public async Task EarlyFailure_KeepsItsStatusAndHeaders()
    {
        const string Body = """{"error":{"message":"Slow down.","type":"requests","code":"rate_limit_exceeded"}}""";
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.AnswerAsync(429, "application/json", Body, ("Retry-After", "7")));
        await using var proxy = await StartProxyAsync(backend, primerAfter: "00:01:00");
        await using var cdn = await RunningCdn.StartAsync(_kind, proxy.Http1);
        await using var client = await RawClient.ConnectAsync(cdn.Address);

        await client.AskAsync("/v1/chat/completions");
        var head = await client.ReadHeadAsync();

        Assert.Equal((429, "7", Body), (head.Status, head["Retry-After"], await client.ReadTextAsync()));
    }

    [Fact]
    public async Task ClientThatLeaves_EndsTheBackendsWork()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        await using var proxy = await StartProxyAsync(backend);
        await using var cdn = await RunningCdn.StartAsync(_kind, proxy.Http1);
        var client = await RawClient.ConnectAsync(cdn.Address);
        await client.AskAsync("/v1/chat/completions");
        await client.ReadHeadAsync();
        var exchange = await backend.NextAsync();
        Assert.False(exchange.IsAborted);

        await client.DisposeAsync();

        await exchange.Aborted;
    }

    private static Task<ProxyHost> StartProxyAsync(ScriptedBackend backend, string primerAfter = "00:00:00.100") => ProxyHost.StartAsync(ProxyConfig.For(
        backend.Http1,
        $$"""{ "Primer": { "After": "{{primerAfter}}" }, "KeepAlive": { "Interval": "00:00:00.200" }, "Attempts": { "Max": 1 } }"""));
}

/// <inheritdoc/>
public sealed class DeployedNginxTests() : DeployedTests(CdnKind.DeployedNginx);

/// <inheritdoc/>
public sealed class DeployedHaproxyTests() : DeployedTests(CdnKind.DeployedHaproxy);

/// <inheritdoc/>
public sealed class DeployedVarnishTests() : DeployedTests(CdnKind.DeployedVarnish);
