using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>The commit: what goes out first, when, and in how many pieces.</summary>
public sealed class CommitTests
{
    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task Commit_SilentBackend_WritesHeadersAndPrimerInOneFlush(string name)
    {
        var family = Family.Named(name);
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(family.Answer);
        });
        await using var client = await stage.AskAsync(family.Path);

        var head = await stage.HeadAsync(client, by: 3);
        stage.AssertNotBefore(2);
        Assert.Equal(200, head.Status);
        Assert.Equal("text/event-stream", head["Content-Type"]);
        Assert.Equal("no-cache, no-transform", head["Cache-Control"]);
        Assert.Equal("no", head["X-Accel-Buffering"]);
        Assert.NotEmpty(head["x-request-id"]!);
        Assert.Equal("chunked", head["Transfer-Encoding"]);
        Assert.Equal(family.Primer, await client.ReadChunkTextAsync());
        Assert.EndsWith(family.Primer + "\r\n", Encoding.UTF8.GetString(Assert.Single(client.Segments)), StringComparison.Ordinal);

        gate.Open();
        Assert.Equal(family.Answer, await client.ReadTextAsync());
    }

    [Fact]
    public async Task PrimerAfterZero_CommitsBeforeTheBackendIsHeard()
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync();

        Assert.Equal(200, (await client.ReadHeadAsync()).Status);
        Assert.Equal(": edgeproxy\n\n", await client.ReadChunkTextAsync());
        Assert.Equal(TimeSpan.Zero, stage.Clock.Elapsed);
    }

    [Fact]
    public async Task PrimerAfter_IsAsLongAsThePolicySays()
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:07" } }""", static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync();

        await stage.HeadAsync(client, by: 8);
        stage.AssertNotBefore(7);
    }

    [Theory]
    [InlineData(1, 12)]
    [InlineData(12, 12)]
    [InlineData(13, 13)]
    [InlineData(2048, 2048)]
    [InlineData(16384, 16384)]
    public async Task PaddingBytes_AreThePrimersLengthInAll(int padding, int length)
    {
        await using var stage = await Stage.StartAsync($$"""{ "Primer": { "After": "00:00:00", "PaddingBytes": {{padding}} } }""", static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        var primer = await client.ReadUntilAsync("\n\n");
        Assert.Equal(Math.Max(length, ": edgeproxy\n\n".Length), primer.Length);
        Assert.Matches("^: edgeproxy *\n\n$", primer);
    }

    [Fact]
    public async Task RequestId_OfTheCommit_IsInTheErrorFrameToo()
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", static exchange => exchange.AnswerAsync(500, "text/plain", "no"));
        await using var client = await stage.AskAsync();

        var head = await client.ReadHeadAsync();
        var body = await client.ReadTextAsync();
        Assert.Equal(head["x-request-id"], Family.Chat.AssertFailure(body[": edgeproxy\n\n".Length..], "server_error", 500).RequestId);
    }

    [Theory]
    [InlineData(ClientProtocol.Http2Tls)]
    [InlineData(ClientProtocol.H2c)]
    public async Task Commit_OverHttp2_WritesTheSame(ClientProtocol protocol)
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(Family.Chat.Answer);
        }, http2: true);
        using var client = stage.Proxy.CreateClient(protocol);
        using var request = stage.Proxy.Post(protocol, "/v1/chat/completions");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());

        Assert.Equal("text/event-stream", answer.Content.Headers.NonValidated["Content-Type"].ToString());
        Assert.Equal("no-cache, no-transform", answer.Headers.NonValidated["Cache-Control"].ToString());
        gate.Open();
        Assert.Equal(": edgeproxy\n\n" + Family.Chat.Answer, await answer.Content.ReadAsStringAsync(Patience.Token()));
    }

    [Fact]
    public async Task Http10Client_AsNginxIsByDefault_GetsTheStreamUntilTheConnectionCloses()
    {
        const string Body = """{"stream":true}""";
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(Family.Chat.Event);
        });
        await using var client = await stage.Proxy.ConnectAsync();
        await client.SendAsync($"POST /v1/chat/completions HTTP/1.0\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");

        var head = await client.ReadHeadAsync();
        Assert.Equal((200, null), (head.Status, head["Transfer-Encoding"]));
        gate.Open();
        var body = await client.ReadTextAsync();
        Assert.StartsWith(": edgeproxy\n\n" + Family.Chat.Event, body, StringComparison.Ordinal);
        Family.Chat.AssertFailure(body[(": edgeproxy\n\n" + Family.Chat.Event).Length..], "stream_incomplete", 502);
    }

    [Fact]
    public async Task ByteOrderMark_AfterThePrimer_IsStripped()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", async exchange =>
        {
            await gate.WaitAsync();
            exchange.SetHead();
            await exchange.WriteAsync(new byte[] { 0xEF, 0xBB });
            await exchange.WriteAsync(new byte[] { 0xBF });
            await exchange.WriteAsync(Family.Chat.Answer);
        });
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        Assert.Equal(": edgeproxy\n\n", await client.ReadChunkTextAsync());
        gate.Open();
        Assert.Equal(Family.Chat.Answer, await client.ReadTextAsync());
    }

    [Fact]
    public async Task ByteOrderMark_NothingWrittenBefore_PassesAsItIs()
    {
        await using var stage = await Stage.StartAsync("{}", static exchange => exchange.StreamAsync("\uFEFF" + Family.Chat.Answer));
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        Assert.Equal("\uFEFF" + Family.Chat.Answer, Encoding.UTF8.GetString(await client.ReadBodyAsync()));
    }

    /// <summary>(whether the backend answers at all, and when; the status; the headers that the route's transforms must have set).</summary>
    [Theory]
    [InlineData("late", 200, "https://app.example", "a, b", null)]
    [InlineData("early", 200, "https://app.example", "a, b", null)]
    [InlineData("never", 504, "https://app.example", null, "yes")]
    public async Task ResponseHeadersOfTheRoute_AreOnEveryAnswer_AlsoOnOnesThatAreEdgeProxysOwn(string backend, int status, string? origin, string? appended, string? failed)
    {
        var gate = new Gate();
        var policy = backend == "never" ? """{ "Primer": { "After": "00:01:00" }, "Timeouts": { "FirstEvent": "00:00:02" }, "Attempts": { "Max": 1 } }"""
            : $$"""{ "Primer": { "After": "{{(backend == "late" ? "00:00:00" : "00:01:00")}}" } }""";
        await using var upstream = await ScriptedBackend.StartAsync(async exchange =>
        {
            await (backend == "never" ? exchange.HangAsync() : backend == "late" ? gate.WaitAsync() : Task.CompletedTask);
            await exchange.StreamAsync(Family.Chat.Answer);
        });
        var config = ProxyConfig.For(upstream.Http1, policy);
        config.Section("ReverseProxy", "Routes", "all")["Transforms"] = System.Text.Json.Nodes.JsonNode.Parse("""
            [
              { "ResponseHeader": "Access-Control-Allow-Origin", "Set": "https://app.example", "When": "Always" },
              { "ResponseHeader": "x-appended", "Append": "a" },
              { "ResponseHeader": "x-appended", "Append": "b", "When": "Success" },
              { "ResponseHeader": "x-failed", "Set": "yes", "When": "Failure" }
            ]
            """);
        await using var proxy = await ProxyHost.StartManualAsync(config);
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions");

        var head = await proxy.Clock.AdvanceUntilAsync(client.ReadHeadAsync(), TimeSpan.FromSeconds(5));
        gate.Open();

        Assert.Equal(
            (status, origin, appended, failed),
            (head.Status, Value("Access-Control-Allow-Origin"), Value("x-appended"), Value("x-failed")));

        string? Value(string name) => head.Headers.TryGetValue(name, out var value) ? value : null;
    }

    [Fact]
    public async Task LineEndingsCommentsIdsAndRetries_PassAsTheyAre()
    {
        const string Mixed = ": one\r\n\r\nid: 1\rretry: 10\rdata: a\r\rdata: b\ndata: c\n: inside\n\nid\ndata\n\n:x\n\n" + "data: [DONE]\r\n\r\n";
        await using var stage = await Stage.StartAsync("{}", static exchange => exchange.StreamAsync(Mixed));
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        Assert.Equal(Mixed, await client.ReadTextAsync());
    }
}
