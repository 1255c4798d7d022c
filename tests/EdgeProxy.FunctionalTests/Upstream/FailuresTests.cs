using System.Net;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>What callers are told of a destination that cannot be reached or breaks off, and uploads that are not over when the answer comes.</summary>
public sealed class FailuresTests
{
    [Fact]
    public async Task NobodyListens_IsAConnectionError()
    {
        using var port = new DeadPort();
        using var asker = Asker.Own();
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => asker.GetAsync(port.Address, Patience.Token()));
        Assert.Equal(HttpRequestError.ConnectionError, failure.HttpRequestError);
    }

    [Fact]
    public async Task NameThatIsNone_IsANameResolutionError()
    {
        using var asker = Asker.Own();
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => asker.GetAsync(new Uri("http://no-such-host.invalid/"), Patience.Token()));
        Assert.Equal(HttpRequestError.NameResolutionError, failure.HttpRequestError);
    }

    [Fact]
    public async Task ConnectTimeout_IsACancellationForATimeout()
    {
        var clock = new ManualTimeProvider();
        using var deaf = new DeafPort();
        using var asker = Asker.Own(clock, static handler => handler.ConnectTimeout = TimeSpan.FromSeconds(7));
        var asking = asker.GetAsync(deaf.Address, Patience.Token());
        clock.Advance(TimeSpan.FromSeconds(6.9));
        Assert.False(asking.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.IsType<TimeoutException>(failure.InnerException);
        Assert.Equal(CancellationToken.None, failure.CancellationToken);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    public async Task BodyThatIsCutShort_GivesWhatCameAndThenResponseEnded(string answer)
    {
        await using var backend = new RawBackend(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(answer);
            peer.Finish();
        });
        using var asker = Asker.Own();
        using var response = await asker.GetAsync(backend.Address, Patience.Token());
        var body = await response.Content.ReadAsStreamAsync(Patience.Token());
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer, Patience.Token());
        Assert.Equal("hello"u8, buffer);
        var failure = await Assert.ThrowsAsync<HttpIOException>(() => body.ReadSomeAsync(new byte[100], Patience.Token()));
        Assert.Equal(HttpRequestError.ResponseEnded, failure.HttpRequestError);
        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadSomeAsync(new byte[100], Patience.Token()));
    }

    [Fact]
    public async Task BrokenChunk_IsNotFollowedByMoreBody()
    {
        await using var backend = new RawBackend(static async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\n5\r\nworld\r\n0\r\n\r\n");
            await peer.ClosedAsync();
        });
        using var asker = Asker.Own();
        using var response = await asker.GetAsync(backend.Address, Patience.Token());
        var body = await response.Content.ReadAsStreamAsync(Patience.Token());
        var failure = await Assert.ThrowsAsync<HttpIOException>(() => body.CopyToAsync(Stream.Null, Patience.Token()));
        Assert.Equal(HttpRequestError.InvalidResponse, failure.HttpRequestError);
        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAnyAsync<IOException>(() => body.ReadSomeAsync(new byte[8], Patience.Token()));
        }
    }

    [Fact]
    public async Task Reset_InTheBody_IsAnIoFailure()
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var asking = asker.GetAsync(backend.Address, Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\n\r\nhello");
        using var response = await asking;
        var body = await response.Content.ReadAsStreamAsync(Patience.Token());
        await body.ReadExactlyAsync(new byte[5], Patience.Token());
        peer.Reset();
        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadSomeAsync(new byte[5], Patience.Token()));
    }

    [Theory]
    [InlineData(64 * 1024, true)]
    [InlineData((64 * 1024) + 1, false)]
    [InlineData(120 * 1024, false)]
    public async Task Head_UpToItsLimit_IsTaken(int length, bool isTaken)
    {
        var head = $"HTTP/1.1 200 OK\r\nA: {new string('a', length - 24)}\r\n\r\n";
        Assert.Equal(length, head.Length);
        await using var backend = new RawBackend(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(head);
            peer.Finish();
        });
        using var asker = Asker.Own();
        if (isTaken)
        {
            using var response = await asker.GetAsync(backend.Address, Patience.Token());
            Assert.Equal(length - 24, Assert.Single(response.Headers.NonValidated["A"]).Length);
        }
        else
        {
            var failure = await Assert.ThrowsAsync<HttpRequestException>(() => asker.GetAsync(backend.Address, Patience.Token()));
            Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, failure.HttpRequestError);
        }
    }

    [Fact]
    public async Task ReadOfZeroBytes_WaitsForBytes()
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var asking = asker.GetAsync(backend.Address, Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
        using var response = await asking;
        var body = await response.Content.ReadAsStreamAsync(Patience.Token());

        // It may find once that nothing came with the head; then it waits.
        var buffer = new byte[100];
        var waiting = body.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(waiting.IsCompleted);
        await peer.SendAsync("hello");
        Assert.Equal(0, await waiting.WaitAsync(Patience.Limit, TimeProvider.System));
        Assert.Equal(5, await body.ReadAsync(buffer, Patience.Token()));
        await peer.SendAsync("world");
        Assert.Equal(0, await body.ReadAsync(Memory<byte>.Empty, Patience.Token()));
        Assert.Equal(5, await body.ReadAsync(buffer, Patience.Token()));
        Assert.Equal(0, await body.ReadAsync(Memory<byte>.Empty, Patience.Token()));
        Assert.Equal(0, await body.ReadAsync(buffer, Patience.Token()));
    }

    [Theory]
    [InlineData("HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge", true)]
    [InlineData("HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge", false)]
    [InlineData("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 413 Too Large\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlarge\r\n0\r\n\r\n", true)]
    public async Task AnswerBeforeTheUploadIsOver_IsGivenAndTheConnectionNotUsedAgain(string answer, bool staysOpen)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var asking = asker.SendAsync(new(HttpMethod.Post, backend.Address) { Content = new ByteArrayContent(new byte[64 << 20]) }, Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(answer);
        if (!staysOpen)
        {
            peer.Finish();
        }

        using var response = await asking;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(answer.EndsWith("Length: 0\r\n\r\n", StringComparison.Ordinal) ? "" : "large", await response.Content.ReadAsStringAsync(Patience.Token()));
        await peer.ClosedAsync();
    }

    [Fact]
    public async Task ContentThatFailsAfterTheAnswersHead_ClosesTheConnection()
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var gate = new Gate();
        var asking = asker.SendAsync(new(HttpMethod.Post, backend.Address) { Content = new Failing(gate) }, Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
        using var response = await asking;
        gate.Open();
        await peer.ClosedAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(Patience.Token()));
    }

    [Fact]
    public async Task ContentThatFails_IsTheRequestsFailure()
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var gate = new Gate();
        var asking = asker.SendAsync(new(HttpMethod.Post, backend.Address) { Content = new Failing(gate) }, Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        gate.Open();
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => asking);
        Assert.Equal("content", failure.Message);
        await peer.ClosedAsync();
    }

    [Theory]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(40_000)]
    public async Task ContentOfAnotherLengthThanItSays_FailsAndNeverBecomesARequest(int length)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var content = new Lying(new byte[length], 10);
        var asking = asker.SendAsync(new(HttpMethod.Post, backend.Address) { Content = content }, Patience.Token());
        await Assert.ThrowsAsync<HttpRequestException>(() => asking);
        await (await backend.AcceptAsync()).ClosedAsync();
    }

    private sealed class Failing(Gate gate) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("a"u8.ToArray());
            await stream.FlushAsync();
            await gate.WaitAsync();
            throw new InvalidOperationException("content");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Lying(byte[] bytes, long said) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = said;
            return true;
        }
    }
}
