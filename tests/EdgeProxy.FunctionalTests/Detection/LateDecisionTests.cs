using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Detection;

/// <summary>A body too long to hold back flows upstream while it is searched; the primer waits for its flag.</summary>
public sealed class LateDecisionTests
{
    private const string AtOnce = """{ "Primer": { "After": "00:00:00" } }""";
    private const string Opening = "{\"messages\":[{\"content\":\"";

    private static readonly string Filler = new('x', 2 << 20);

    [Theory]
    [InlineData("\"}],\"stream\":true}", true)]
    [InlineData("\"}],\"stream\":false}", false)]
    [InlineData("\"}]}", false)]
    public async Task UploadPauses_NothingIsWrittenBeforeTheFlag(string rest, bool isStream)
    {
        await using var stage = await Stage.StartAsync(AtOnce, exchange => isStream
            ? exchange.StreamAsync(Family.Chat.Answer)
            : exchange.AnswerAsync(200, "application/json", "{}"));
        await using var client = await stage.Proxy.ConnectAsync();
        await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {Opening.Length + Filler.Length + rest.Length}\r\n\r\n{Opening}{Filler}");

        var head = client.ReadHeadAsync();
        Assert.True(await stage.Clock.PassWithoutAsync(head, TimeSpan.FromSeconds(5)));
        await client.SendAsync(rest);

        Assert.Equal(isStream ? "text/event-stream" : "application/json", (await head)["Content-Type"]);
        Assert.Equal(isStream ? ": edgeproxy\n\n" + Family.Chat.Answer : "{}", await client.ReadTextAsync());
        Assert.Equal(Opening + Filler + rest, (await stage.Backend.NextAsync()).BodyText);
    }

    [Fact]
    public async Task Flag_ComesBeforeTheBackendAnswers_StartsTheGuard()
    {
        await using var stage = await Stage.StartAsync("""{ "Timeouts": { "FirstEvent": "00:00:20" } }""", static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync(body: $$"""{"a":"{{Filler}}","stream":true}""");

        Assert.Equal(200, (await stage.HeadAsync(client)).Status);
        Assert.Equal(": edgeproxy\n\n", await client.ReadChunkTextAsync());
        Assert.Equal(": keep-alive\n\n", await stage.ChunkAsync(client));
    }

    [Fact]
    public async Task BackendAnswersBeforeTheFlag_ItsAnswerPasses()
    {
        // Over HTTP/1.1 the framework's client reads no answer while the request's body is under way.
        await using var stage = await Stage.StartAsync(AtOnce, static exchange => exchange.AnswerAsync(413, "application/json", """{"error":{"message":"too long"}}"""), http2: true);
        stage.Backend.ReadBodies = false;
        await using var client = await stage.Proxy.ConnectAsync();
        await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {100 << 20}\r\n\r\n{Opening}");

        Assert.Equal(413, (await client.ReadHeadAsync()).Status);
        Assert.Equal("""{"error":{"message":"too long"}}""", await client.ReadTextAsync());
    }

    [Fact]
    public async Task ClientLeavesInTheMiddleOfItsUpload_UpstreamIsCancelled()
    {
        await using var stage = await Stage.StartAsync(AtOnce, static exchange => exchange.ReadBodyAsync());
        stage.Backend.ReadBodies = false;
        var client = await stage.Proxy.ConnectAsync();
        await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {100 << 20}\r\n\r\n{Opening}{Filler}");
        var exchange = await stage.Backend.NextAsync();
        client.Reset();

        await exchange.Aborted;

        // Kestrel itself complains now and then that the body's reader was still reading, behind plain YARP no less.
        Assert.DoesNotContain(stage.Proxy.Logs.Errors, static line => !line.Category.StartsWith("Microsoft.", StringComparison.Ordinal));
    }
}
