using System.IO.Compression;
using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>A compressed stream would hide its events: it is not asked for, and decoded event by event if it comes all the same.</summary>
public sealed class EncodingTests
{
    private static readonly Dictionary<string, Func<Stream, Stream>> Encoders = new()
    {
        ["gzip"] = static stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true),
        ["x-gzip"] = static stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true),
        ["br"] = static stream => new BrotliStream(stream, CompressionLevel.Fastest, leaveOpen: true),
        ["deflate"] = static stream => new ZLibStream(stream, CompressionLevel.Fastest, leaveOpen: true),
        ["GZIP"] = static stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true),
        ["identity"] = static stream => new IdentityStream(stream),
    };

    public static TheoryData<string> Encodings() => [.. Encoders.Keys];

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task EncodedStream_IsDecodedEventByEvent(string encoding)
    {
        const int Events = 5;
        var gates = Enumerable.Range(0, Events).Select(static _ => new Gate()).ToArray();
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            exchange.SetHead(200, "text/event-stream", ("Content-Encoding", encoding));
            await using var encoder = Encoders[encoding](exchange.Context.Response.Body);
            foreach (var gate in gates)
            {
                await encoder.WriteAsync(Encoding.UTF8.GetBytes(Family.Chat.Event));
                await encoder.FlushAsync();
                await exchange.Context.Response.Body.FlushAsync();
                await gate.WaitAsync();
            }

            await encoder.WriteAsync(Encoding.UTF8.GetBytes(Family.Done));
        });
        await using var client = await stage.AskAsync(headers: "Accept-Encoding: gzip, br\r\n");

        var head = await client.ReadHeadAsync();
        Assert.Equal((200, null), (head.Status, encoding == "identity" ? null : head["Content-Encoding"]));
        Assert.Null(head["Content-Length"]);
        foreach (var gate in gates)
        {
            Assert.Equal(Family.Chat.Event, await client.ReadUntilAsync(Family.Chat.Event));
            gate.Open();
        }

        Assert.Equal(Family.Done, await client.ReadTextAsync());
    }

    [Fact]
    public async Task EncodedError_AfterTheCommit_KeepsItsWords()
    {
        using var packed = new MemoryStream();
        using (var encoder = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            encoder.Write("""{"error":{"message":"Slow down.","type":"rate_limit_error","code":"rate_limit_exceeded"}}"""u8);
        }

        await using var stage = await Stage.StartAsync(
            """{ "Primer": { "After": "00:00:00" } }""", exchange => exchange.AnswerAsync(429, "application/json", packed.ToArray(), ("Content-Encoding", "gzip")));
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        Assert.Contains("\"message\":\"Slow down.\"", await client.ReadTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EncodedStream_WithALength_LosesTheLengthToo()
    {
        using var packed = new MemoryStream();
        using (var encoder = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            encoder.Write(Encoding.UTF8.GetBytes(Family.Chat.Answer));
        }

        await using var stage = await Stage.StartAsync("{}", exchange => exchange.AnswerAsync(200, "text/event-stream", packed.ToArray(), ("Content-Encoding", "gzip")));
        await using var client = await stage.AskAsync();

        Assert.Equal("chunked", (await client.ReadHeadAsync())["Transfer-Encoding"]);
        Assert.Equal(Family.Chat.Answer, await client.ReadTextAsync());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task BrokenEncoding_IsAFailure_NotGarbage(string encoding)
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", exchange => exchange.AnswerAsync(200, "text/event-stream", Family.Chat.Answer, ("Content-Encoding", encoding)));
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        await client.ReadChunkTextAsync();
        var body = await client.ReadTextAsync();
        Assert.Equal(["error", "message"], Sse.Parse(body).Select(static item => item.Type));
        Assert.Contains("\"source\":\"upstream\"", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"stream":true}""", null)]
    [InlineData("""{"stream":false}""", "gzip, br")]
    [InlineData("""{"messages":[]}""", "gzip, br")]
    public async Task AcceptEncoding_IsRemovedOnStreamsOnly(string body, string? expected)
    {
        await using var stage = await Stage.StartAsync("{}", static exchange => exchange.AnswerAsync(200, "application/json", "{}"));
        await using var client = await stage.Proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions", "Accept-Encoding: gzip, br\r\n", body);

        await client.ReadHeadAsync();
        var seen = (await stage.Backend.NextAsync()).Headers.GetValueOrDefault("Accept-Encoding");
        Assert.Equal(expected, seen == "identity" ? null : seen);
    }

    /// <summary>What "identity" means: nothing is done.</summary>
    private sealed class IdentityStream(Stream inner) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);
    }
}
