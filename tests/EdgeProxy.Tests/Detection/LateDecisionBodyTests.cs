using System.Text;
using EdgeProxy.Detection;

namespace EdgeProxy.Tests.Detection;

public sealed class LateDecisionBodyTests
{
    private static readonly HeadVerdict Json = new(StreamWish.DecidedByAnswer, InspectedBody.Json);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A body and how many of its bytes the peek has seen.</summary>
    public static TheoryData<string, int, string> Bodies => new()
    {
        { """{"input":"xxxxxxxx","stream":true}""", 0, "Stream" },
        { """{"input":"xxxxxxxx","stream":true}""", 12, "Stream" },
        { """{"stream":true,"input":"xxxxxxxx"}""", 33, "Stream" },
        { """{"stream":true,"input":"xxxxxxxx","stream":false}""", 20, "NotAStream" },
        { """{"input":"xxxxxxxx"}""", 10, "DecidedByAnswer" },
        { """{"input":"xxxxxxxx" """, 10, "NotAStream" },
        { """{"input":"xxxxxxxx" """, 20, "NotAStream" },
        { "", 0, "DecidedByAnswer" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Read_PiecesOfAnySize_PassesEveryByteAndDecides(string text, int seen, string expected)
    {
        var sent = Encoding.UTF8.GetBytes(text);
        for (var piece = 1; piece <= sent.Length + 1; piece++)
        {
            var scanner = Json.CreateScanner();
            Assert.Equal(BodyFlag.Undecided, scanner.Scan(sent.AsSpan(0, seen)));
            await using var body = new LateDecisionBody(new MemoryStream(sent), Json, new PeekResult(StreamWish.DecidedLate, scanner, seen));

            var received = new List<byte>();
            var buffer = new byte[piece];
            while (true)
            {
                Assert.Equal(0, await body.ReadAsync(Memory<byte>.Empty, Token));
                var count = await body.ReadAsync(buffer, Token);
                if (count == 0)
                {
                    break;
                }

                received.AddRange(buffer.AsSpan(0, count));
            }

            Assert.Equal(sent, received);
            Assert.True(body.Decision.IsCompletedSuccessfully);
            Assert.Equal(expected, (await body.Decision).ToString());
        }
    }

    [Fact]
    public async Task Read_ObjectCloses_DecidesBeforeTheEndOfTheBody()
    {
        await using var body = Create(new MemoryStream("""{"stream":true} """u8.ToArray()));

        await body.ReadExactlyAsync(new byte[14], Token);
        Assert.False(body.Decision.IsCompleted);
        await body.ReadExactlyAsync(new byte[1], Token);

        Assert.True(body.Decision.IsCompletedSuccessfully);
        Assert.Equal(StreamWish.Stream, await body.Decision);
    }

    [Fact]
    public async Task Read_NoBytesAskedFor_IsNoEnd()
    {
        await using var body = Create(new MemoryStream("{"u8.ToArray()));

        Assert.Equal(0, await body.ReadAsync(Memory<byte>.Empty, Token));

        Assert.False(body.Decision.IsCompleted);
    }

    [Fact]
    public async Task Read_BodyBreaksOff_IsNotAStreamAndPassesTheFaultOn()
    {
        await using var body = Create(new BrokenStream());

        Assert.Equal("gone", (await Assert.ThrowsAsync<IOException>(async () => await body.ReadExactlyAsync(new byte[1], Token))).Message);

        Assert.True(body.Decision.IsCompletedSuccessfully);
        Assert.Equal(StreamWish.NotAStream, await body.Decision);
    }

    [Fact]
    public async Task CopyTo_ManyBytes_PassesThem()
    {
        var sent = Encoding.ASCII.GetBytes($"{{\"x\":\"{new string('A', 300_000)}\",\"stream\":true}}");
        await using var body = Create(new MemoryStream(sent));
        using var received = new MemoryStream();

        await body.CopyToAsync(received, Token);

        Assert.Equal(sent, received.ToArray());
        Assert.Equal(StreamWish.Stream, await body.Decision);
    }

    [Fact]
    public void Stream_AnythingButAsynchronousReads_IsRefused()
    {
        using var body = Create(Stream.Null);

        Assert.True(body.CanRead);
        Assert.False(body.CanSeek);
        Assert.False(body.CanWrite);
        Assert.Throws<NotSupportedException>(() => body.Read(new byte[1], 0, 1));
        Assert.Throws<NotSupportedException>(() => body.Write([1], 0, 1));
        Assert.Throws<NotSupportedException>(() => body.Length);
    }

    [Fact]
    public void Create_PeekThatDecided_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new LateDecisionBody(Stream.Null, Json, new PeekResult(StreamWish.Stream)));

    private static LateDecisionBody Create(Stream body) => new(body, Json, new PeekResult(StreamWish.DecidedLate, Json.CreateScanner()));

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException<int>(new IOException("gone"));
    }
}
