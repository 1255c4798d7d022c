using System.Net;
using System.Net.Sockets;
using EdgeProxy.TestKit;
using EdgeProxy.Upstream;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>Which connection a request goes over.</summary>
public sealed class ConnectionReuseTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    [Theory]
    [InlineData(Hello, 1)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n", 1)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 1)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", 100)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 100)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 100)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!", 100)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n\r\n", 100)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 100)]
    public async Task HundredRequests_OneAfterAnother_UseSoManyConnections(string answer, int connections)
    {
        await using var backend = new RawBackend(peer => ServeAsync(peer, answer));
        using var asker = Asker.Own();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(answer.Contains("204", StringComparison.Ordinal) ? "" : "hello", await asker.GetTextAsync(backend.Address));
        }

        Assert.Equal(connections, backend.Connections);
    }

    [Fact]
    public async Task BufferThatTheBodyJustFills_LetsTheConnectionBeUsedAgain()
    {
        await using var backend = new RawBackend(static peer => ServeInTwoAsync(peer));
        using var asker = Asker.Own();
        for (var i = 0; i < 20; i++)
        {
            using var response = await asker.GetAsync(backend.Address, Patience.Token());
            var body = await response.Content.ReadAsStreamAsync(Patience.Token());
            var buffer = new byte[5];
            await body.ReadExactlyAsync(buffer, Patience.Token());
            Assert.Equal("hello"u8, buffer);
        }

        Assert.Equal(1, backend.Connections);
    }

    [Fact]
    public async Task IdleConnection_ThatTheBackendClosed_IsNotUsedAndNoRequestIsLost()
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        for (var i = 0; i < 20; i++)
        {
            var asking = asker.SendAsync(new(HttpMethod.Post, backend.Address) { Content = new StringContent("body") }, Patience.Token());
            var peer = await backend.AcceptAsync();
            await peer.ReadRequestAsync();
            await peer.SendAsync(Hello);
            using (var response = await asking)
            {
                Assert.Equal("hello", await response.Content.ReadAsStringAsync(Patience.Token()));
            }

            // The client's side closes or is told: a byte that cannot arrive proves that the kernel there knows.
            peer.Finish();
            await SettleAsync(peer, asker, backend);
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task BackendClosesAtTheMomentOfReuse_RequestThatMayBeRepeated_GoesOverANewConnection(string method)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var peer = await FirstAsync(backend, asker);
        var asking = asker.SendAsync(new(new HttpMethod(method), backend.Address), Patience.Token());
        await peer.ReadHeadAsync();
        peer.Finish();
        var next = await backend.AcceptAsync();
        Assert.StartsWith(method, await next.ReadHeadAsync(), StringComparison.Ordinal);
        await next.SendAsync("HTTP/1.1 204 No Content\r\n\r\n");
        Assert.Equal(HttpStatusCode.NoContent, (await asking).StatusCode);
    }

    /// <summary>A loop that has other events at hand sends later: a connection that is dead by then is as dead.</summary>
    [Fact]
    public async Task BackendClosesAtTheMomentOfReuse_WhileTheLoopIsBusy_RequestsThatMayBeRepeatedAllSucceed()
    {
        await using var backend = new RawBackend(static async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(Hello);
            await peer.ReadHeadAsync();
            peer.Finish();
        });
        using var asker = Asker.Own();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal("hello", await asker.GetTextAsync(backend.Address));
            }
        }));
    }

    [Theory]
    [InlineData("POST", true)]
    [InlineData("POST", false)]
    [InlineData("PATCH", false)]
    [InlineData("PURGE", false)]
    [InlineData("GET", true)]
    public async Task BackendClosesAtTheMomentOfReuse_RequestThatMayNotBeRepeated_Fails(string method, bool hasContent)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var peer = await FirstAsync(backend, asker);
        var asking = asker.SendAsync(new(new HttpMethod(method), backend.Address) { Content = hasContent ? new StringContent("body") : null }, Patience.Token());
        await peer.ReadRequestAsync();
        peer.Finish();
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => asking);
        Assert.Equal(HttpRequestError.ResponseEnded, failure.HttpRequestError);
        Assert.Equal(1, backend.Connections);
    }

    [Fact]
    public async Task BackendClosesAfterPartOfTheHead_IsNotRepeated()
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var peer = await FirstAsync(backend, asker);
        var asking = asker.GetAsync(backend.Address, Patience.Token());
        await peer.ReadHeadAsync();
        await peer.SendAsync("HTTP/1.1 2");
        peer.Finish();
        Assert.Equal(HttpRequestError.ResponseEnded, (await Assert.ThrowsAsync<HttpRequestException>(() => asking)).HttpRequestError);
        Assert.Equal(1, backend.Connections);
    }

    [Theory]
    [InlineData(60, 30, 29, true)]
    [InlineData(60, 30, 31, false)]
    [InlineData(20, 30, 21, false)]
    public async Task ConnectionOverItsIdleTimeOrAge_IsNotUsedAndIsClosed(int lifetime, int idle, int pause, bool isUsed)
    {
        var clock = new ManualTimeProvider();
        await using var backend = new RawBackend();
        using var asker = Asker.Own(clock, handler => (handler.PooledConnectionLifetime, handler.PooledConnectionIdleTimeout) = (TimeSpan.FromSeconds(lifetime), TimeSpan.FromSeconds(idle)));
        var peer = await FirstAsync(backend, asker);
        clock.Advance(TimeSpan.FromSeconds(pause));
        var asking = asker.GetAsync(backend.Address, Patience.Token());
        if (!isUsed)
        {
            await peer.ClosedAsync();
            peer = await backend.AcceptAsync();
        }

        await peer.ReadHeadAsync();
        await peer.SendAsync(Hello);
        (await asking).Dispose();
    }

    [Fact]
    public async Task IdleConnection_WithoutAnotherRequest_IsClosedBySweep()
    {
        var clock = new ManualTimeProvider();
        await using var backend = new RawBackend();
        using var asker = Asker.Own(clock, static handler => handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30));
        var peer = await FirstAsync(backend, asker);
        clock.Advance(TimeSpan.FromSeconds(60));
        await peer.ClosedAsync();
    }

    [Fact]
    public async Task DisposedHandler_ClosesIdleConnectionsAndThoseInUseAfterTheirAnswer()
    {
        await using var backend = new RawBackend();
        var asker = Asker.Own();
        var idle = await FirstAsync(backend, asker);
        var asking = asker.GetAsync(backend.Address, Patience.Token());
        await idle.ReadHeadAsync();
        var asking2 = asker.GetAsync(backend.Address, Patience.Token());
        var busy = await backend.AcceptAsync();
        await idle.SendAsync(Hello);
        using (var response = await asking)
        {
            Assert.Equal("hello", await response.Content.ReadAsStringAsync(Patience.Token()));
        }

        asker.Dispose();
        await idle.ClosedAsync();
        await busy.ReadHeadAsync();
        await busy.SendAsync(Hello);
        using (var response = await asking2)
        {
            Assert.Equal("hello", await response.Content.ReadAsStringAsync(Patience.Token()));
        }

        await busy.ClosedAsync();
    }

    private static async Task ServeAsync(RawPeer peer, string answer)
    {
        while (true)
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync(answer);
        }
    }

    private static async Task ServeInTwoAsync(RawPeer peer)
    {
        while (true)
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            await peer.SendAsync("hello");
        }
    }

    // One answer, read to its end: the connection rests after it.
    private static async Task<RawPeer> FirstAsync(RawBackend backend, Asker asker)
    {
        var asking = asker.GetTextAsync(backend.Address);
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();
        await peer.SendAsync(Hello);
        Assert.Equal("hello", await asking);
        return peer;
    }

    // The end reaches the client's event loop in its own time; a request that may be repeated finds out without being lost.
    private static async Task SettleAsync(RawPeer peer, Asker asker, RawBackend backend)
    {
        var asking = asker.GetTextAsync(backend.Address);
        var next = await backend.AcceptAsync();
        await peer.ClosedAsync();
        await next.ReadHeadAsync();
        await next.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
        Assert.Equal("hello", await asking);
    }
}
