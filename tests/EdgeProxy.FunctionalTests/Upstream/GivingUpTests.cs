using System.Net;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>A request that is cancelled closes its connection at once, wherever it stands, and says by which token.</summary>
public sealed class GivingUpTests
{
    [Fact]
    public async Task Cancelled_BeforeItBegins_NeitherConnectsNorHarmsAnIdleConnection()
    {
        await using var backend = new RawBackend(static async peer =>
        {
            while (true)
            {
                await peer.ReadHeadAsync();
                await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            }
        });
        using var asker = Asker.Own();
        await asker.GetTextAsync(backend.Address);
        await AssertCancelledAsync(token => asker.GetAsync(backend.Address, token), static source => source.Cancel(), before: true);
        await asker.GetTextAsync(backend.Address);
        Assert.Equal(1, backend.Connections);
    }

    [Fact]
    public async Task Cancelled_WhileConnecting_Ends()
    {
        using var deaf = new DeafPort();
        using var asker = Asker.Own();
        await AssertCancelledAsync(token => asker.GetAsync(deaf.Address, token), static source => source.Cancel());
    }

    [Fact]
    public async Task Cancelled_WhileWaitingForTheHead_ClosesTheConnection()
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        await AssertCancelledAsync(token => asker.GetAsync(backend.Address, token), async source =>
        {
            var peer = await backend.AcceptAsync();
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nX-Half: ");
            await source.CancelAsync();
            await peer.ClosedAsync();
        });
    }

    [Fact]
    public async Task Cancelled_WhileSending_ClosesTheConnection()
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        await AssertCancelledAsync(
            token => asker.SendAsync(new(HttpMethod.Post, backend.Address) { Content = new ByteArrayContent(new byte[64 << 20]) }, token),
            async source =>
            {
                var peer = await backend.AcceptAsync();
                await peer.ReadHeadAsync();
                await source.CancelAsync();
                await peer.ClosedAsync();
            });
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Cancelled_InTheBody_ClosesTheConnection(bool byReadToken, bool isZeroByteRead)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        using var ofRequest = new CancellationTokenSource();
        using var ofRead = new CancellationTokenSource();
        var asking = asker.GetAsync(backend.Address, ofRequest.Token);
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        using var response = await asking;
        var body = await response.Content.ReadAsStreamAsync(Patience.Token());
        var buffer = new byte[100];
        await body.ReadExactlyAsync(buffer.AsMemory(0, 5), Patience.Token());
        var source = byReadToken ? ofRead : ofRequest;
        var reading = body.ReadAsync(isZeroByteRead ? Memory<byte>.Empty : buffer, source.Token).AsTask();
        await source.CancelAsync();
        if (isZeroByteRead)
        {
            // It may have found the chunk's line end.
            await Task.WhenAny(reading);
        }
        else
        {
            var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
            Assert.Equal(source.Token, failure.CancellationToken);
        }

        var after = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => body.ReadSomeAsync(buffer, source.Token));
        Assert.Equal(source.Token, after.CancellationToken);
        await peer.ClosedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_DisposedHalfRead_ClosesTheConnection(bool whileReading)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var asking = asker.GetAsync(backend.Address, Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello");
        using var response = await asking;
        var body = await response.Content.ReadAsStreamAsync(Patience.Token());
        var buffer = new byte[100];
        await body.ReadExactlyAsync(buffer.AsMemory(0, 5), Patience.Token());
        var reading = whileReading ? body.ReadAsync(buffer, Patience.Token()).AsTask() : null;
        response.Dispose();
        await peer.ClosedAsync();
        if (reading is not null)
        {
            await Assert.ThrowsAnyAsync<IOException>(() => reading);
        }

        Assert.Equal(0, await body.ReadAsync(buffer, Patience.Token()));
    }

    [Fact]
    public async Task TokenOfAnAnswerThatIsOver_DoesNotHarmTheNext()
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        using var ofRequest = new CancellationTokenSource();
        using var ofRead = new CancellationTokenSource();
        var asking = asker.GetAsync(backend.Address, ofRequest.Token);
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        using var response = await asking;
        Assert.Equal("hello", await response.Content.ReadAsStringAsync(ofRead.Token));

        var next = asker.GetTextAsync(backend.Address);
        await peer.ReadHeadAsync();
        await ofRequest.CancelAsync();
        await ofRead.CancelAsync();
        response.Dispose();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld");
        Assert.Equal("world", await next);
    }

    private static Task AssertCancelledAsync(Func<CancellationToken, Task> ask, Action<CancellationTokenSource> give, bool before = false) =>
        AssertCancelledAsync(ask, source =>
        {
            give(source);
            return Task.CompletedTask;
        }, before);

    private static async Task AssertCancelledAsync(Func<CancellationToken, Task> ask, Func<CancellationTokenSource, Task> give, bool before = false)
    {
        using var source = new CancellationTokenSource();
        if (before)
        {
            await give(source);
        }

        var asking = ask(source.Token);
        if (!before)
        {
            await give(source);
        }

        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Patience.Limit, TimeProvider.System));
        Assert.Equal(source.Token, failure.CancellationToken);
    }
}
