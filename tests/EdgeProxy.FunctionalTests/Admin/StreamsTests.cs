using System.Text.Json;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Admin;

/// <summary><c>GET /streams</c>: what runs now, with everything that an operator asks for and nothing of anybody's text.</summary>
public sealed class StreamsTests
{
    private static readonly string[] Names =
        ["request_id", "route", "policy", "cluster", "destination", "dialect", "state", "committed", "age", "last_event_age", "events", "bytes", "keep_alives", "attempts"];

    [Fact]
    public async Task NoStreams_AnEmptyArray()
    {
        await using var proxy = await ProxyHost.StartAsync(new ProxyConfig());
        using var admin = new AdminClient(proxy);

        using var answer = await admin.GetAsync("/streams");

        Assert.Equal("[]", await answer.Content.ReadAsStringAsync(Patience.Token()));
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["same-origin"], answer.Headers.GetValues("Cross-Origin-Resource-Policy"));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Stream_IsSeenFromItsBeginningToItsEnd()
    {
        var silent = new Gate();
        var events = new Gate();
        await using var stage = await Stage.StartAsync("""{ "KeepAlive": { "Interval": "00:00:05" } }""", async exchange =>
        {
            await silent.WaitAsync();
            await exchange.SendHeadAsync();
            await exchange.WriteAsync(Family.Chat.Event + Family.Chat.Event);
            await events.WaitAsync();
            await exchange.WriteAsync(Family.Chat.Terminal + Family.Done);
        });
        using var admin = new AdminClient(stage.Proxy);
        await using var client = await stage.AskAsync(headers: "x-request-id: mine\r\n");
        await silent.Reached;

        var waiting = Assert.Single(await admin.StreamsAsync());
        AssertIs(waiting, """{"request_id":"mine","route":"all","policy":"Default","cluster":"backend","destination":"d1","dialect":"OpenAIChat","state":"waiting","committed":false,"age":0,"last_event_age":null,"events":0,"bytes":0,"keep_alives":0,"attempts":1}""");

        stage.Clock.Advance(TimeSpan.FromSeconds(2.05));
        Assert.Equal(": edgeproxy\n\n", await FirstChunkAsync(client));
        stage.Clock.Advance(TimeSpan.FromSeconds(5.05));
        Assert.Equal(Family.Chat.KeepAlive, await client.ReadChunkTextAsync());
        var committed = Assert.Single(await admin.StreamsAsync());
        Assert.True(committed.GetProperty("committed").GetBoolean());
        Assert.Equal("waiting", committed.GetProperty("state").GetString());
        Assert.Equal(1, committed.GetProperty("keep_alives").GetInt32());
        Assert.Equal(7.1, committed.GetProperty("age").GetDouble(), 0.001);

        silent.Open();
        await events.Reached;
        var bytes = 2 * Family.Chat.Event.Length;
        await admin.StreamsAsync(streams => streams[0].GetProperty("bytes").GetInt64() == bytes);
        JsonElement streaming;
        do
        {
            // The event's time is noted when the client has taken it, after its bytes are counted: the first step may come before that.
            stage.Clock.Advance(TimeSpan.FromSeconds(3));
            streaming = Assert.Single(await admin.StreamsAsync());
        }
        while (streaming.GetProperty("last_event_age").GetDouble() == 0);

        Assert.Equal("streaming", streaming.GetProperty("state").GetString());
        Assert.Equal(2, streaming.GetProperty("events").GetInt64());
        Assert.Equal(3, streaming.GetProperty("last_event_age").GetDouble(), 0.001);

        events.Open();
        Assert.EndsWith(Family.Done, await client.ReadTextAsync(), StringComparison.Ordinal);
        await admin.StreamsAsync(static streams => streams is []);
    }

    [Fact]
    public async Task FurtherAttempt_IsSeenWhileItRuns()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        backend.Enqueue(static exchange => exchange.AnswerAsync(503, "text/plain", "busy"));
        var config = ProxyConfig.For(backend.Http1, """{ "Attempts": { "Max": 1, "Fallbacks": [ { "Cluster": "other" } ] } }""").Cluster("other", backend.Http1);
        await using var proxy = await ProxyHost.StartManualAsync(config);
        using var admin = new AdminClient(proxy);
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync(Family.Chat.Path);
        await backend.NextAsync();

        await proxy.Clock.AdvanceUntilAsync(backend.NextAsync(), TimeSpan.FromSeconds(20));

        var stream = Assert.Single(await admin.StreamsAsync());
        Assert.Equal(("other", "d1", 2), (stream.GetProperty("cluster").GetString(), stream.GetProperty("destination").GetString(), stream.GetProperty("attempts").GetInt32()));
    }

    [Fact]
    public async Task QueueAndPassedThroughAnswer_HaveStatesOfTheirOwn_TheOldestFirst()
    {
        await using var stage = await Stage.StartAsync("""{ "Admission": { "MaxConcurrentStreams": 1, "QueueLimit": 1 } }""", static async exchange =>
        {
            await exchange.SendHeadAsync(200, "application/json");
            await exchange.WriteAsync("{");
            await exchange.HangAsync();
        });
        using var admin = new AdminClient(stage.Proxy);
        await using var passing = await stage.AskAsync();
        await passing.ReadHeadAsync();
        stage.Clock.Advance(TimeSpan.FromSeconds(1));
        await using var queued = await stage.AskAsync();

        var streams = await admin.StreamsAsync(static streams => streams is [_, _] && streams[1].GetProperty("state").GetString() == "queued");

        Assert.Equal("passing_through", streams[0].GetProperty("state").GetString());
        Assert.Equal(0, streams[1].GetProperty("attempts").GetInt32());
        Assert.Equal(JsonValueKind.Null, streams[1].GetProperty("destination").ValueKind);
        Assert.Equal("backend", streams[1].GetProperty("cluster").GetString());
    }

    [Fact]
    public async Task NothingOfRequestOrAnswer_IsShown()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            await exchange.SendHeadAsync(200, "text/event-stream", ("set-cookie", "planted-1"));
            await exchange.WriteAsync("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"planted-2\"}}]}\n\n");
            await gate.WaitAsync();
        });
        using var admin = new AdminClient(stage.Proxy);
        await using var client = await stage.AskAsync(
            "/v1/chat/completions?key=planted-3", "Authorization: Bearer planted-4\r\nCookie: planted-5\r\nx-api-key: planted-6\r\n", body: """{"stream":true,"messages":"planted-7"}""");
        await gate.Reached;

        using var answer = await admin.GetAsync("/streams");

        Assert.DoesNotContain("planted", await answer.Content.ReadAsStringAsync(Patience.Token()), StringComparison.Ordinal);
        gate.Open();
    }

    private static async Task<string> FirstChunkAsync(RawClient client)
    {
        await client.ReadHeadAsync();
        return await client.ReadChunkTextAsync();
    }

    private static void AssertIs(JsonElement stream, string expected)
    {
        Assert.Equal(Names, stream.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(expected, JsonSerializer.Serialize(stream));
    }
}
