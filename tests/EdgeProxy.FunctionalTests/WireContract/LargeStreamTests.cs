using System.Text;
using System.Text.Json.Nodes;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>Megabytes in one event, and clients that do not read: memory stays bounded whatever comes.</summary>
[Collection(nameof(LargeStreamTests))]
[CollectionDefinition(nameof(LargeStreamTests), DisableParallelization = true)]
public sealed class LargeStreamTests
{
    private const int Piece = 64 * 1024;
    private const int Pieces = 320;
    private const string AtOnce = """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:00:02" } }""";
    private const string Opening = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
    private const string Closing = "\"},\"finish_reason\":\"stop\"}]}\n\n";

    private static readonly byte[] Filler = Encoding.ASCII.GetBytes(new string('x', Piece));

    [Fact]
    public async Task EventOf20MB_PassesAsItComes_WithoutKeepAliveInIt_InBoundedMemory()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync(AtOnce, async exchange =>
        {
            await exchange.StreamAsync(Opening);
            for (var i = 0; i < Pieces; i++)
            {
                await exchange.WriteAsync(Filler);
            }

            await gate.WaitAsync();
            await exchange.WriteAsync(Closing + Family.Done);
        });
        await using var client = await stage.AskAsync();
        await client.ReadHeadAsync();
        Assert.Equal(": edgeproxy\n\n", await client.ReadChunkTextAsync());

        var before = GC.GetTotalMemory(forceFullCollection: true);
        Assert.Equal(Opening.Length + (long)Pieces * Piece, await CountAsync(client, Opening.Length + (long)Pieces * Piece));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 8 << 20);

        // The event is not over, so nothing of ours may stand here, however long its end takes.
        var rest = client.ReadTextAsync();
        Assert.True(await stage.Clock.PassWithoutAsync(rest, TimeSpan.FromSeconds(10)));
        gate.Open();
        Assert.Equal(Closing + Family.Done, await rest);
    }

    [Fact]
    public async Task KeepAlives_AfterALargeEvent_GoOn()
    {
        await using var stage = await Stage.StartAsync(AtOnce, static async exchange =>
        {
            await exchange.StreamAsync(Opening);
            for (var i = 0; i < 8; i++)
            {
                await exchange.WriteAsync(Filler);
            }

            await exchange.WriteAsync(Closing);
            await exchange.HangAsync();
        });
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        await client.ReadUntilAsync(Closing);
        Assert.Equal(": keep-alive\n\n", await stage.ChunkAsync(client));
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task LargeEvent_BreaksOff_IsClosedWithABlankLineBeforeTheErrorFrame(string familyName)
    {
        var family = Family.Named(familyName);
        var gate = new Gate();
        await using var stage = await Stage.StartAsync(AtOnce, async exchange =>
        {
            await exchange.StreamAsync(family.Event + "data: ");
            for (var i = 0; i < 8; i++)
            {
                await exchange.WriteAsync(Filler);
            }

            await gate.WaitAsync();
            exchange.Reset();
        });
        await using var client = await stage.AskAsync(family.Path);
        await client.ReadHeadAsync();
        var length = family.Primer.Length + family.Event.Length + "data: ".Length + (8 * Piece);
        Assert.Equal(length, await CountAsync(client, length));
        gate.Open();

        var rest = await client.ReadTextAsync();
        Assert.Matches("^(\r\n\r\n|\n\n)[^\r\n]", rest);
        family.AssertFailure(rest.TrimStart('\r', '\n'), "upstream_disconnected", 502);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientStopsReading_BackendIsHeldBack_AndNothingIsLost(bool http2)
    {
        var large = Family.Chat.Event.Replace("Hello", new string('x', Piece), StringComparison.Ordinal);
        const int Events = 1000;
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            exchange.SetHead();
            var bytes = Encoding.UTF8.GetBytes(large);
            for (var i = 0; i < Events; i++)
            {
                await exchange.WriteAsync(bytes);
            }

            await exchange.WriteAsync(Family.Done);
        }, http2);
        await using var client = await stage.AskAsync(receiveBufferBytes: 4096);
        var exchange = await stage.Backend.NextAsync();
        await KeepAliveTests.WrittenSettlesAsync(exchange);
        Assert.InRange(exchange.Written, 1, 32 << 20);

        await client.ReadHeadAsync();
        var expected = (long)Events * large.Length + Family.Done.Length;
        Assert.Equal(expected, await CountAsync(client, expected));
        Assert.Empty(await client.ReadBodyAsync());
    }

    [Fact]
    public async Task ClientStopsReadingForGood_ServersMinimumDataRateGivesItUp()
    {
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            // More than the sockets take; after the abort writes complete at once, so their number has to end.
            exchange.SetHead();
            for (var i = 0; i < 2 * Pieces; i++)
            {
                await exchange.WriteAsync($"data: {new string('x', Piece)}\n\n");
            }

            await exchange.HangAsync();
        });
        var config = ProxyConfig.For(backend.Http1);
        config.Section("Kestrel", "Limits")["MinResponseDataRate"] = new JsonObject { ["BytesPerSecond"] = 10_000_000, ["GracePeriod"] = "00:00:02" };
        await using var proxy = await ProxyHost.StartAsync(config);
        await using var client = await proxy.ConnectAsync(receiveBufferBytes: 4096);
        await client.AskAsync("/v1/chat/completions");

        var exchange = await backend.NextAsync();
        await exchange.Aborted;
        await Patience.UntilAsync(() => proxy.Logs.Lines.Any(static line => line.Event.Name == "StreamFinished" && line.Message.Contains("outcome ClientGone", StringComparison.Ordinal)), "the stream's log line");
    }

    /// <summary>Reads chunks until so many bytes have come.</summary>
    private static async Task<long> CountAsync(RawClient client, long expected)
    {
        long count = 0;
        while (count < expected && await client.ReadChunkAsync() is { Length: > 0 } chunk)
        {
            count += chunk.Length;
        }

        return count;
    }
}
