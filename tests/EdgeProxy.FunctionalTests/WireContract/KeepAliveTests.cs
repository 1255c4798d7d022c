using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>A silent stream is kept alive at its times, between events only, in the words of its dialect.</summary>
public sealed class KeepAliveTests
{
    private const string AtOnce = """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:00:02" } }""";
    private const string Id = "id: 7\n";

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task Silence_EveryInterval_BringsTheDialectsKeepAlive(string name)
    {
        var family = Family.Named(name);
        var gate = new Gate();
        await using var stage = await Stage.StartAsync(AtOnce, async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(family.Answer);
        });
        await using var client = await stage.AskAsync(family.Path);

        await client.ReadHeadAsync();
        Assert.Equal(family.Primer, await client.ReadChunkTextAsync());
        for (var beat = 1; beat <= 3; beat++)
        {
            Assert.Equal(family.KeepAlive, await stage.ChunkAsync(client, by: stage.Clock.Elapsed.TotalSeconds + 4));
            stage.AssertNotBefore(2 * beat);
        }

        gate.Open();
        Assert.Equal(family.Answer, await client.ReadTextAsync());
    }

    [Fact]
    public async Task DefaultInterval_IsEightSeconds()
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        await client.ReadChunkTextAsync();
        Assert.Equal(": keep-alive\n\n", await stage.ChunkAsync(client, by: 10));
        stage.AssertNotBefore(8);
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task MidAnswer_SilenceAfterAnEvent_IsKeptAliveFromThatEventOn(string name)
    {
        var family = Family.Named(name);
        var gates = new[] { new Gate(), new Gate() };
        await using var stage = await Stage.StartAsync(AtOnce, async exchange =>
        {
            exchange.SetHead();
            await gates[0].WaitAsync();
            await exchange.WriteAsync(family.Event);
            await gates[1].WaitAsync();
            await exchange.WriteAsync(family.Answer);
        });
        await using var client = await stage.AskAsync(family.Path);

        await client.ReadHeadAsync();
        await client.ReadChunkTextAsync();
        stage.Clock.Advance(TimeSpan.FromSeconds(1.5));
        gates[0].Open();
        Assert.Equal(family.Event, await client.ReadChunkTextAsync());
        Assert.Equal(family.KeepAlive, await stage.ChunkAsync(client, by: 6));
        stage.AssertNotBefore(3.5);
        gates[1].Open();
        Assert.Equal(family.Answer, await client.ReadTextAsync());
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task PauseInsideAnEvent_KeepAliveComesBeforeIt_NeverWithinIt(string name)
    {
        var family = Family.Named(name);
        var lastLineEnd = family == Family.Gemini ? 2 : 1;
        foreach (var cut in (int[])[1, 6, family.Event.Length / 2, family.Event.TrimEnd().Length, family.Event.Length - lastLineEnd])
        {
            var gate = new Gate();
            await using var stage = await Stage.StartAsync(AtOnce, async exchange =>
            {
                exchange.SetHead();
                await exchange.WriteAsync(family.Event[..cut]);
                await gate.WaitAsync();
                await exchange.WriteAsync(family.Event[cut..] + family.Answer);
            });
            await using var client = await stage.AskAsync(family.Path);

            await client.ReadHeadAsync();
            await client.ReadChunkTextAsync();
            await gate.Reached;
            Assert.Equal(family.KeepAlive, await stage.ChunkAsync(client));
            gate.Open();
            Assert.Equal(family.Event + family.Answer, await client.ReadTextAsync());
        }
    }

    [Theory]
    [InlineData("OpenAIChat")]
    [InlineData("Gemini")]
    public async Task PauseBetweenCrAndLf_LineFeedAfterOurKeepAlive_IsNoLineOfItsOwn(string name)
    {
        var family = Family.Named(name);
        var answer = (family.Event + family.Answer).ReplaceLineEndings("\r\n");
        var cut = family.Event.ReplaceLineEndings("\r\n").Length - 1;
        var gate = new Gate();
        await using var stage = await Stage.StartAsync(AtOnce, async exchange =>
        {
            exchange.SetHead();
            await exchange.WriteAsync(answer[..cut]);
            await gate.WaitAsync();
            await exchange.WriteAsync(answer[cut..]);
        });
        await using var client = await stage.AskAsync(family.Path);

        await client.ReadHeadAsync();
        await client.ReadUntilAsync(answer[..cut]);
        Assert.Equal(family.KeepAlive, await stage.ChunkAsync(client));
        gate.Open();
        Assert.Equal(answer[(cut + 1)..], await client.ReadTextAsync());
    }

    [Fact]
    public async Task PendingWrite_NoKeepAliveIsWritten()
    {
        var chunk = Family.Chat.Event.Replace("Hello", new string('x', 60_000), StringComparison.Ordinal);
        const int Chunks = 400;
        await using var stage = await Stage.StartAsync(AtOnce, async exchange =>
        {
            exchange.SetHead();
            for (var i = 0; i < Chunks; i++)
            {
                await exchange.WriteAsync(chunk);
            }

            await exchange.WriteAsync(Family.Done);
        });
        await using var client = await stage.AskAsync(receiveBufferBytes: 4096);
        var exchange = await stage.Backend.NextAsync();
        await WrittenSettlesAsync(exchange);
        for (var second = 0; second < 60; second++)
        {
            stage.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await client.ReadHeadAsync();
        var body = await client.ReadTextAsync();
        Assert.DoesNotContain("keep-alive", body, StringComparison.Ordinal);
        Assert.Equal(": edgeproxy\n\n".Length + (long)Chunks * chunk.Length + Family.Done.Length, body.Length);
    }

    [Theory]
    [InlineData("Comment", ": keep-alive\n\n")]
    [InlineData("CommentLine", ": keep-alive\n")]
    [InlineData("Ping", "event: ping\ndata: {\"type\": \"ping\"}\n\n")]
    [InlineData("BlankLine", "\n\n")]
    public async Task Frame_SetByThePolicy_IsWritten(string frame, string bytes)
    {
        await using var stage = await Stage.StartAsync(AtOnce.Replace("00:00:02\"", $"00:00:02\", \"Frame\": \"{frame}\"", StringComparison.Ordinal), static async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await exchange.HangAsync();
        });
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        await client.ReadUntilAsync(Family.Chat.Event);
        Assert.Equal(bytes, await stage.ChunkAsync(client));
    }

    [Fact]
    public async Task EmptyChunk_IsAChatChunkWithAnEmptyDelta()
    {
        await using var stage = await Stage.StartAsync(AtOnce.Replace("00:00:02\"", "00:00:02\", \"Frame\": \"EmptyChunk\"", StringComparison.Ordinal), static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        await client.ReadChunkTextAsync();
        var item = Assert.Single(Sse.Parse(await stage.ChunkAsync(client)));
        Assert.Equal("message", item.Type);
        var chunk = System.Text.Json.JsonDocument.Parse(item.Data).RootElement;
        Assert.Equal("chat.completion.chunk", chunk.GetProperty("object").GetString());
        Assert.Equal("{}", chunk.GetProperty("choices")[0].GetProperty("delta").GetRawText().Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FrameNone_NothingIsWritten()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync(AtOnce.Replace("00:00:02\"", "00:00:02\", \"Frame\": \"None\"", StringComparison.Ordinal), async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(Family.Chat.Answer);
        });
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        var body = client.ReadTextAsync();
        Assert.True(await stage.Clock.PassWithoutAsync(body, TimeSpan.FromSeconds(6)));
        gate.Open();
        Assert.Equal(": edgeproxy\n\n" + Family.Chat.Answer, await body);
    }

    [Fact]
    public async Task IdLineSeen_CommentsEndWithOneNewline()
    {
        await using var stage = await Stage.StartAsync(AtOnce, static async exchange =>
        {
            await exchange.StreamAsync(Id + Family.Chat.Event);
            await exchange.HangAsync();
        });
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        await client.ReadUntilAsync(Family.Chat.Event);
        Assert.Equal(": keep-alive\n", await stage.ChunkAsync(client));
        Assert.Equal(": keep-alive\n", await stage.ChunkAsync(client));
    }

    [Theory]
    [InlineData("OpenAI/Go 3.42.0", "\n")]
    [InlineData("OpenAI/Go 1.12.0", "\n")]
    [InlineData("OpenAI/Go 3.43.0", "\n\n")]
    [InlineData("OpenAI/Go 4.0.0", "\n\n")]
    [InlineData("OpenAI/Go 3.100.0", "\n\n")]
    [InlineData("OpenAI/Python 1.0.0", "\n\n")]
    public async Task UserAgentOfGoClient_OlderThan343_GetsCommentsWithOneNewline(string userAgent, string ending)
    {
        await using var stage = await Stage.StartAsync(AtOnce, static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync(headers: $"User-Agent: {userAgent}\r\n");

        await client.ReadHeadAsync();
        Assert.Equal(": edgeproxy" + ending, await client.ReadChunkTextAsync());
        Assert.Equal(": keep-alive" + ending, await stage.ChunkAsync(client));
    }

    /// <summary>Waits until the backend's writes stand still.</summary>
    internal static async Task WrittenSettlesAsync(BackendExchange exchange)
    {
        for (long before = -1, now = exchange.Written; before != now || now == 0; now = exchange.Written)
        {
            before = now;
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        }
    }
}
