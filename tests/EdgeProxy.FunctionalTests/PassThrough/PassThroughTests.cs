using System.Net.WebSockets;
using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.PassThrough;

/// <summary>What is no stream goes through YARP untouched: with any policy it looks as it does with the policy <c>Off</c>.</summary>
public sealed class PassThroughTests
{
    public static TheoryData<string, string, string, int> Requests() => new()
    {
        { "GET", "/v1/models", "", 0 },
        { "GET", "/v1/files/f/content?x=1&x=2", "Range: bytes=0-10\r\n", 0 },
        { "HEAD", "/v1/models", "", 0 },
        { "OPTIONS", "/v1/chat/completions", "Origin: https://x\r\nAccess-Control-Request-Method: POST\r\n", 0 },
        { "DELETE", "/v1/files/f", "", 0 },
        { "POST", "/v1/chat/completions", "Content-Type: application/json\r\n", 300 },
        { "POST", "/v1/embeddings", "Content-Type: application/json\r\nAccept-Encoding: gzip\r\n", 300_000 },
        { "POST", "/v1/files", "Content-Type: multipart/form-data; boundary=b\r\n", 3_000_000 },
        { "PUT", "/upload", "Content-Type: application/octet-stream\r\n", 3_000_000 },
        { "POST", "/api/chat", "Content-Type: application/json\r\n", 50 },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_NotAStream_LooksAsWithPolicyOff(string method, string target, string headers, int length)
    {
        await using var backend = await ScriptedBackend.StartAsync(static async exchange =>
        {
            exchange.SetHead(203, "application/json", ("x-a", "1"), ("x-a", "2"), ("ETag", "\"e\""), ("Date", "Thu, 01 Jan 2026 00:00:00 GMT"));
            if (exchange.Method == "HEAD")
            {
                exchange.Context.Response.ContentLength = 4;
                return;
            }

            await exchange.WriteAsync("{\"answer\":");
            await exchange.WriteAsync("\"" + new string('y', 100_000) + "\"}");
        });
        var seen = new List<(string Head, string Body, string Request)>();
        foreach (var policy in (string[])["Off", "Default"])
        {
            await using var proxy = await ProxyHost.StartAsync(new ProxyConfig().Cluster("backend", backend.Http1).Route("all", "backend", policy: policy).Policy("Default", """{ "Primer": { "After": "00:00:00" } }"""));
            await using var client = await proxy.ConnectAsync();
            await client.SendAsync(method, target, headers, Body(target, length));
            var head = await client.ReadHeadAsync();
            var body = method == "HEAD" ? "" : await client.ReadTextAsync();
            var request = await backend.NextAsync();
            Assert.Equal(Body(target, length), request.Body);

            var forwarded = request.Headers.Where(static header => header.Key is not ("Host" or "traceparent" or "X-Forwarded-Host")).Select(static header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal);
            seen.Add((head.Text, body, $"{request.Method} {request.PathAndQuery}\n{string.Join('\n', forwarded)}"));
            Assert.Equal(203, head.Status);
        }

        Assert.Equal(seen[0].Request, seen[1].Request);
        Assert.Equal(seen[0].Head, seen[1].Head);
        Assert.Equal(seen[0].Body, seen[1].Body);
    }

    [Theory]
    [InlineData("Off")]
    [InlineData("Default")]
    public async Task WebSocket_IsUpgradedAndCarriesMessages(string policy)
    {
        await using var backend = await ScriptedBackend.StartAsync(static async exchange =>
        {
            using var socket = await exchange.Context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            var received = await socket.ReceiveAsync(buffer, Patience.Token());
            await socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Text, endOfMessage: true, Patience.Token());
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Patience.Token());
        });
        await using var proxy = await ProxyHost.StartAsync(new ProxyConfig().Cluster("backend", backend.Http1).Route("all", "backend", policy: policy).Policy("Default", """{ "Detect": "Always", "Primer": { "After": "00:00:00" } }"""));
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new UriBuilder(proxy.Http1) { Scheme = "ws", Path = "/v1/realtime" }.Uri, Patience.Token());

        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Patience.Token());
        var answer = new byte[100];
        var count = (await client.ReceiveAsync(answer, Patience.Token())).Count;
        Assert.Equal("hello", Encoding.UTF8.GetString(answer, 0, count));
        Assert.Equal(WebSocketMessageType.Close, (await client.ReceiveAsync(answer, Patience.Token())).MessageType);
    }

    [Fact]
    public async Task StreamRequest_WithPolicyOff_IsPlainYarp()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await exchange.StreamAsync("data: half");
            await gate.WaitAsync();
        });
        await using var proxy = await ProxyHost.StartManualAsync(new ProxyConfig().Cluster("backend", backend.Http1).Route("all", "backend", policy: "Off"));
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions");

        await client.ReadHeadAsync();
        Assert.Equal("data: half", await client.ReadChunkTextAsync());
        proxy.Clock.Advance(TimeSpan.FromMinutes(1));
        gate.Open();
        Assert.Equal("", await client.ReadTextAsync());
    }

    [Fact]
    public async Task NonStreamAnswer_ThatIsAnEventStreamAllTheSame_IsLeftAlone()
    {
        await using var stage = await Stage.StartAsync("{}", static exchange => exchange.StreamAsync("data: half"));
        await using var client = await stage.Proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions", body: """{"stream":false}""");

        await client.ReadHeadAsync();
        Assert.Equal("data: half", await client.ReadTextAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task HashCookieAffinity_KeepsAClientAtItsBackend(bool stream)
    {
        await using var first = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync("data: first\n\ndata: [DONE]\n\n"));
        await using var second = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync("data: second\n\ndata: [DONE]\n\n"));
        var config = new ProxyConfig().Cluster("backend", first.Http1, second.Http1).Route("all", "backend");
        config.Section("ReverseProxy", "Clusters", "backend")["LoadBalancingPolicy"] = "RoundRobin";
        config.Section("ReverseProxy", "Clusters", "backend", "SessionAffinity")["Enabled"] = true;
        config.Section("ReverseProxy", "Clusters", "backend", "SessionAffinity")["Policy"] = "HashCookie";
        config.Section("ReverseProxy", "Clusters", "backend", "SessionAffinity")["AffinityKeyName"] = "affinity";
        await using var proxy = await ProxyHost.StartAsync(config);
        var body = stream ? """{"stream":true}""" : "{}";
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions", body: body);
        var head = await client.ReadHeadAsync();
        var cookie = head["Set-Cookie"]!.Split(';')[0];
        var mine = await client.ReadTextAsync();

        Assert.StartsWith("affinity=", cookie, StringComparison.Ordinal);
        for (var i = 0; i < 4; i++)
        {
            await client.AskAsync("/v1/chat/completions", $"Cookie: {cookie}\r\n", body);
            Assert.Equal(200, (await client.ReadHeadAsync()).Status);
            Assert.Equal(mine, await client.ReadTextAsync());
        }
    }

    private static byte[] Body(string target, int length)
    {
        if (length == 0)
        {
            return [];
        }

        return Encoding.ASCII.GetBytes(target == "/v1/files"
            ? $"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{new string('z', length)}\r\n--b--\r\n"
            : "{\"input\":\"" + new string('z', length) + "\"" + (target == "/api/chat" ? ",\"stream\":true}" : "}"));
    }
}
