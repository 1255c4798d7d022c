using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using EdgeProxy.Detection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Tests.Detection;

/// <summary>The peek over a bare pipe, where every read and every examined byte can be seen.</summary>
public sealed class BodyPeekTests
{
    private const int Limit = 64;

    private static readonly HeadVerdict Json = new(StreamWish.DecidedByAnswer, InspectedBody.Json);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"stream":true}""", "Stream")]
    [InlineData("""{"stream":false}""", "NotAStream")]
    [InlineData("{}", "DecidedByAnswer")]
    [InlineData("[]", "DecidedByAnswer")]
    [InlineData("", "DecidedByAnswer")]
    [InlineData("""{"stream":true""", "NotAStream")]
    [InlineData("""{"stream":true,}""", "NotAStream")]
    public async Task Peek_WholeBodyIsHere_DecidesSynchronouslyAndTakesNothing(string body, string expected)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(body), Token);
        await pipe.Writer.CompleteAsync();

        var request = Request(pipe);
        var peek = BodyPeek.PeekAsync(request, Json, Json.CreateScanner(), Limit, Token);

        Assert.True(peek.IsCompletedSuccessfully);
        var result = await peek;
        Assert.Equal(expected, result.Wish.ToString());
        Assert.Null(result.Scanner);
        Assert.Equal(body, await ReadToEndAsync(request.Body));
    }

    [Theory]
    [InlineData("""{"stream":true}""", "Stream")]
    [InlineData("""{"stream":true]""", "NotAStream")]
    public async Task Peek_BodyStillOpenButDecided_NextReadGetsAllAtOnce(string body, string expected)
    {
        var pipe = new Pipe();
        var peek = BodyPeek.PeekAsync(Request(pipe), Json, Json.CreateScanner(), Limit, Token);
        foreach (var character in body)
        {
            Assert.False(peek.IsCompleted);
            await pipe.Writer.WriteAsync(new[] { (byte)character }, Token);
        }

        Assert.Equal(expected, (await peek).Wish.ToString());
        Assert.True(pipe.Reader.TryRead(out var next));
        Assert.Equal(body, Encoding.UTF8.GetString(next.Buffer));
    }

    [Fact]
    public async Task Peek_WriterIsHeldBackByUnseenBytes_GoesOnToTheEnd()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 8, resumeWriterThreshold: 4, minimumSegmentSize: 16));
        var scanner = new RecordingScanner();
        var sent = Enumerable.Range(0, 1000).Select(i => (byte)i).ToArray();
        var peek = BodyPeek.PeekAsync(Request(pipe), Json, scanner, sent.Length + 1, Token);
        foreach (var piece in sent.Chunk(7))
        {
            await pipe.Writer.WriteAsync(piece, Token);
        }

        await pipe.Writer.CompleteAsync();

        Assert.Equal(StreamWish.Stream, (await peek).Wish);
        Assert.Equal(sent, scanner.Seen);
        Assert.True(pipe.Reader.TryRead(out var next));
        Assert.Equal(sent, next.Buffer.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    public async Task Peek_BodyBeyondTheLimit_IsDecidedLateWithTheScannerAtTheLimit(int piece)
    {
        var pipe = new Pipe();
        var scanner = new RecordingScanner();
        var sent = Enumerable.Range(0, Limit + 100).Select(i => (byte)i).ToArray();
        var peek = BodyPeek.PeekAsync(Request(pipe), Json, scanner, Limit, Token);
        var written = 0;
        foreach (var bytes in sent.Chunk(piece))
        {
            await pipe.Writer.WriteAsync(bytes, Token);
            written += bytes.Length;
            if (written >= Limit)
            {
                break;
            }
        }

        Assert.Equal(new PeekResult(StreamWish.DecidedLate, scanner, Limit), await peek);
        Assert.Equal(sent[..Limit], scanner.Seen);
        Assert.True(pipe.Reader.TryRead(out var next));
        Assert.Equal(sent[..written], next.Buffer.ToArray());
    }

    [Theory]
    [InlineData(-1, "Stream")]
    [InlineData(0, "Stream")]
    [InlineData(1, "DecidedLate")]
    public async Task Peek_FlagAroundTheLimit_IsSeenUpToIt(int beyond, string expected)
    {
        const string Open = "{\"stream\":true,\"x\":\"";
        var body = Open + new string('x', Limit + beyond - Open.Length - 2) + "\"}";
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(body + "   "), Token);
        await pipe.Writer.CompleteAsync();

        var peek = await BodyPeek.PeekAsync(Request(pipe), Json, Json.CreateScanner(), Limit, Token);

        Assert.Equal(expected, peek.Wish.ToString());
        Assert.True(pipe.Reader.TryRead(out var next));
        Assert.Equal(body + "   ", Encoding.UTF8.GetString(next.Buffer));
    }

    [Fact]
    public async Task Peek_TokenIsCancelled_Throws()
    {
        using var stop = new CancellationTokenSource();
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("{"u8.ToArray(), Token);
        var peek = BodyPeek.PeekAsync(Request(pipe), Json, Json.CreateScanner(), Limit, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await peek);
    }

    [Fact]
    public async Task Peek_PendingReadIsCancelled_ThrowsAndLeavesTheBodyReadable()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("{"u8.ToArray(), Token);
        var peek = BodyPeek.PeekAsync(Request(pipe), Json, Json.CreateScanner(), Limit, Token);

        pipe.Reader.CancelPendingRead();

        await Assert.ThrowsAsync<OperationCanceledException>(async () => await peek);
        await pipe.Writer.WriteAsync("}"u8.ToArray(), Token);
        await pipe.Writer.CompleteAsync();
        Assert.Equal("{}", await ReadToEndAsync(pipe.Reader.AsStream()));
    }

    [Fact]
    public async Task Peek_BodyBreaksOff_PassesTheFaultOn()
    {
        var pipe = new Pipe();
        var peek = BodyPeek.PeekAsync(Request(pipe), Json, Json.CreateScanner(), Limit, Token);

        await pipe.Writer.CompleteAsync(new IOException("gone"));

        Assert.Equal("gone", (await Assert.ThrowsAsync<IOException>(async () => await peek)).Message);
    }

    [Theory]
    [InlineData(Limit, "NotAStream")]
    [InlineData(Limit + 1, "DecidedLate")]
    public async Task Peek_AnnouncedLengthBeyondTheLimit_IsDecidedLateWithoutARead(long length, string expected)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentLength = length;
        request.Body = new MemoryStream("nope"u8.ToArray());

        var peek = BodyPeek.PeekAsync(request, Json, Limit, maxRequestBodySize: null, Token);

        Assert.True(peek.IsCompletedSuccessfully);
        var result = await peek;
        Assert.Equal(expected, result.Wish.ToString());
        Assert.Equal(0, result.ScannedBytes);
        Assert.Equal(result.Wish == StreamWish.DecidedLate, result.Scanner is not null);
    }

    [Fact]
    public async Task Peek_HeadDecided_LeavesBodyAndLimitAlone()
    {
        var request = new DefaultHttpContext().Request;
        var limit = new SizeLimit { MaxRequestBodySize = 7 };
        request.HttpContext.Features.Set<IHttpMaxRequestBodySizeFeature>(limit);
        request.Body = Stream.Null;

        var peek = await BodyPeek.PeekAsync(request, new HeadVerdict(StreamWish.Stream), Limit, maxRequestBodySize: 5, Token);

        Assert.Equal(new PeekResult(StreamWish.Stream), peek);
        Assert.Equal(7, limit.MaxRequestBodySize);
    }

    [Theory]
    [InlineData(5L, false, 5L)]
    [InlineData(-1L, false, null)]
    [InlineData(null, false, 7L)]
    [InlineData(5L, true, 7L)]
    public async Task Peek_RouteLimitsTheBody_SetsItBeforeTheFirstRead(long? route, bool isReadOnly, long? expected)
    {
        var request = new DefaultHttpContext().Request;
        var limit = new SizeLimit { MaxRequestBodySize = 7, IsReadOnly = isReadOnly };
        request.HttpContext.Features.Set<IHttpMaxRequestBodySizeFeature>(limit);

        await BodyPeek.PeekAsync(request, Json, Limit, route, Token);

        Assert.Equal(expected, limit.MaxRequestBodySize);
    }

    private static HttpRequest Request(Pipe body)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new BodyPipe(body.Reader));
        return context.Request;
    }

    private static async Task<string> ReadToEndAsync(Stream body)
    {
        using var text = new StreamReader(body);
        return await text.ReadToEndAsync(Token);
    }

    private sealed class RecordingScanner : IBodyFlagScanner
    {
        private readonly List<byte> _seen = [];

        public byte[] Seen => [.. _seen];

        public BodyFlag Scan(ReadOnlySpan<byte> newBytes)
        {
            _seen.AddRange(newBytes);
            return BodyFlag.Undecided;
        }

        public BodyFlag Complete() => BodyFlag.Stream;
    }

    private sealed record BodyPipe(PipeReader Reader) : IRequestBodyPipeFeature;

    private sealed class SizeLimit : IHttpMaxRequestBodySizeFeature
    {
        public bool IsReadOnly { get; init; }

        public long? MaxRequestBodySize { get; set; }
    }
}
