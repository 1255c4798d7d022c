using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>Within <c>Primer.After</c> nothing has been written: the client gets the upstream's own answer, byte for byte.</summary>
public sealed class BeforeTheCommitTests
{
    public static TheoryData<int, string?, string, string> Answers() => new()
    {
        { 429, "application/json", """{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}""", "Retry-After: 7" },
        { 503, "text/html", "<html><body>busy\r\n\r\n</body></html>", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT" },
        { 500, null, "", "x-empty: yes" },
        { 400, "application/json; charset=utf-8", """{ "error" : { "message" : "no such model" } }""", "openai-version: 2020-10-01" },
        { 401, "application/json", "{}", "WWW-Authenticate: Bearer realm=\"x\"" },
        { 402, "application/problem+json", """{"title":"pay"}""", "x-a: b" },
        { 302, null, "", "Location: https://elsewhere.example/v1" },
        { 204, null, "", "x-ratelimit-remaining: 3" },
        { 200, "application/json", """{"id":"c","choices":[]}""", "x-a: b" },
        { 200, "text/html; charset=iso-8859-1", "<html>hello</html>", "Set-Cookie: a=b; Path=/" },
        { 201, "text/plain", "data: not a stream\n\n", "Location: /made" },
        { 200, "text/event-stream", "in an encoding that nobody here reads", "Content-Encoding: zstd" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Answer_WithinTheDelay_PassesByteForByte(int status, string? contentType, string body, string header)
    {
        var (name, value) = header.Split(": ", 2) is [var n, var v] ? (n, v) : throw new ArgumentException(header);
        await using var stage = await Stage.StartAsync("{}", exchange => status is 204
            ? exchange.SendHeadAsync(status, contentType, (name, value))
            : exchange.AnswerAsync(status, contentType, body, (name, value)));
        await using var client = await stage.AskAsync();

        var head = await client.ReadHeadAsync();
        Assert.Equal(status, head.Status);
        Assert.Equal(contentType, head["Content-Type"]);
        Assert.Equal(value, head[name]);
        Assert.Equal(status is 204 ? null : $"{Encoding.UTF8.GetByteCount(body)}", head["Content-Length"]);
        Assert.Equal(body, await client.ReadTextAsync());
    }

    [Fact]
    public async Task ChunkedErrorBody_WithinTheDelay_PassesAsItComes()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            exchange.SetHead(500, "text/plain");
            await exchange.WriteAsync("first ");
            await gate.WaitAsync();
            await exchange.WriteAsync("second");
        });
        await using var client = await stage.AskAsync();

        Assert.Equal(500, (await client.ReadHeadAsync()).Status);
        Assert.Equal("first ", await client.ReadChunkTextAsync());

        // An answer that has begun is the upstream's own: the commit is off, however late its end.
        stage.Clock.Advance(TimeSpan.FromMinutes(1));
        gate.Open();
        Assert.Equal("second", await client.ReadTextAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PassedAnswer_BreaksOff_IsCutForTheClientToo(bool reset)
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            exchange.SetHead(200, "application/json");
            await exchange.WriteAsync("{\"half\":");
            await gate.WaitAsync();
            (reset ? (Action)exchange.Reset : exchange.Cut)();
        });
        await using var client = await stage.AskAsync();
        await client.ReadHeadAsync();
        Assert.Equal("{\"half\":", await client.ReadChunkTextAsync());
        gate.Open();

        await Assert.ThrowsAsync<RawConnectionException>(client.ReadBodyAsync);
    }

    [Fact]
    public async Task PassedAnswer_BreaksOffBeforeItsFirstByte_IsARealStatus()
    {
        await using var stage = await Stage.StartAsync("{}", static async exchange =>
        {
            await exchange.SendHeadAsync(200, "application/json", ("Content-Length", "100"), ("x-own", "gone with the rest"));
            exchange.Cut();
        });
        await using var client = await stage.AskAsync();

        var head = await client.ReadHeadAsync();
        Assert.Equal((502, "application/json", null), (head.Status, head["Content-Type"], head["x-own"]));
        Assert.Contains("\"code\":\"upstream_disconnected\"", await client.ReadTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ErrorStatusWithEventStream_WithinTheDelay_PassesByteForByte()
    {
        await using var stage = await Stage.StartAsync("{}", static async exchange =>
        {
            exchange.SetHead(529, "text/event-stream", ("x-a", "b"));
            await exchange.WriteAsync("event: error\ndata: {}\n\n");
        });
        await using var client = await stage.AskAsync();

        Assert.Equal(529, (await client.ReadHeadAsync()).Status);
        Assert.Equal("event: error\ndata: {}\n\n", await client.ReadTextAsync());
    }

    [Fact]
    public async Task EventStream_WithinTheDelay_PassesItsOwnHeadersAndNoPrimer()
    {
        await using var stage = await Stage.StartAsync("{}", static exchange =>
        {
            exchange.SetHead(200, "text/event-stream; charset=utf-8", ("x-ratelimit-remaining", "3"), ("Cache-Control", "no-store"), ("Set-Cookie", "a=b"), ("x-request-id", "theirs"));
            return exchange.WriteAsync(Family.Chat.Answer);
        });
        await using var client = await stage.AskAsync();

        var head = await client.ReadHeadAsync();
        Assert.Equal(
            (200, "text/event-stream; charset=utf-8", "3", "no-store", "a=b", "theirs"),
            (head.Status, head["Content-Type"], head["x-ratelimit-remaining"], head["Cache-Control"], head["Set-Cookie"], head["x-request-id"]));
        Assert.Equal(Family.Chat.Answer, await client.ReadTextAsync());
    }

    [Fact]
    public async Task EventStream_WithinTheDelay_IsGuardedFromThenOn()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            exchange.SetHead(200, "text/event-stream");
            await exchange.WriteAsync(Family.Chat.Event);
            await gate.WaitAsync();
            exchange.Reset();
        });
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        Assert.Equal(Family.Chat.Event, await client.ReadChunkTextAsync());
        Assert.Equal(": keep-alive\n\n", await stage.ChunkAsync(client));
        gate.Open();
        Family.Chat.AssertFailure(await client.ReadTextAsync(), "upstream_disconnected", 502);
    }

    [Fact]
    public async Task EventStreamHead_NoEventByTheEndOfTheDelay_CommitsWithThoseHeadersAndThePrimer()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:02" } }""", async exchange =>
        {
            await exchange.SendHeadAsync(200, "text/event-stream; charset=utf-8", ("x-ratelimit-remaining", "3"));
            await gate.WaitAsync();
            await exchange.WriteAsync(Family.Chat.Answer);
        });
        await using var client = await stage.AskAsync();

        var head = await stage.HeadAsync(client, by: 3);
        stage.AssertNotBefore(2);
        Assert.Equal((200, "text/event-stream; charset=utf-8", "3"), (head.Status, head["Content-Type"], head["x-ratelimit-remaining"]));
        Assert.Equal(": edgeproxy\n\n", await client.ReadChunkTextAsync());
        gate.Open();
        Assert.Equal(Family.Chat.Answer, await client.ReadTextAsync());
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task EventStream_CleanEndWithoutEvent_Is502(string name)
    {
        var family = Family.Named(name);
        await using var stage = await Stage.StartAsync("{}", static exchange => exchange.SendHeadAsync(200));
        await using var client = await stage.AskAsync(family.Path);

        var head = await client.ReadHeadAsync();
        Assert.Equal((502, "application/json"), (head.Status, head["Content-Type"]?.Split(';')[0]));
        ErrorFields.AssertBody(family, await client.ReadTextAsync(), "stream_incomplete", 502, "upstream");
    }
}
