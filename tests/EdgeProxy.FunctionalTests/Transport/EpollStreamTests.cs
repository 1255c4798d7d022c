using System.Net;
using System.Net.Sockets;
using EdgeProxy.FunctionalTests.Upstream;
using EdgeProxy.TestKit;
using EdgeProxy.Transport;

namespace EdgeProxy.FunctionalTests.Transport;

/// <summary>Connections to destinations: how they are made, and the stream over them.</summary>
public sealed class EpollStreamTests
{
    [Fact]
    public async Task Connect_ToNobody_IsRefused()
    {
        using var port = new DeadPort();
        var failure = await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(port.Address));
        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Connect_ToAnAddressThatIsNone_Fails()
    {
        // No route leads to the broadcast address by TCP.
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(new Uri("http://255.255.255.255:80/")));
    }

    [Fact]
    public async Task Connect_Cancelled_EndsWithTheToken()
    {
        using var deaf = new DeafPort();
        for (var i = 0; i < 100; i++)
        {
            using var source = new CancellationTokenSource();
            var connecting = ConnectAsync(deaf.Address, source.Token);
            var cancelling = Task.Run(source.Cancel, TestContext.Current.CancellationToken);
            var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(Patience.Limit, TimeProvider.System));
            Assert.Equal(source.Token, failure.CancellationToken);
            await cancelling;
        }
    }

    [Fact]
    public async Task Connect_ToANameOfSeveralAddresses_TriesThem()
    {
        // It listens on 127.0.0.1 alone; localhost is ::1 as well on many systems.
        await using var backend = new RawBackend();
        var socket = await EpollConnect.ConnectAsync(new DnsEndPoint("localhost", backend.Address.Port), static _ => { }, Patience.Token());
        await backend.AcceptAsync();
        socket.Close(abort: false);
    }

    [Fact]
    public async Task Read_CancelledAtRandomMoments_LosesNoByteAndNoCancellation()
    {
        await using var backend = new RawBackend();
        await using var stream = new EpollStream(await ConnectAsync(backend.Address));
        var peer = await backend.AcceptAsync();
        var random = new Random(7);
        var buffer = new byte[10];
        for (var i = 0; i < 3000; i++)
        {
            using var source = new CancellationTokenSource();
            var reading = stream.ReadSomeAsync(buffer, source.Token);
            var spins = random.Next(3000);
            var cancelling = Task.Run(() =>
            {
                Thread.SpinWait(spins);
                source.Cancel();
            }, TestContext.Current.CancellationToken);
            var send = random.Next(2) == 0;
            if (send)
            {
                await peer.SendAsync(new[] { (byte)i });
            }

            try
            {
                var count = await reading.WaitAsync(Patience.Limit, TimeProvider.System);
                Assert.Equal(1, count);
                Assert.Equal((byte)i, buffer[0]);
            }
            catch (OperationCanceledException e)
            {
                Assert.Equal(source.Token, e.CancellationToken);
                if (send)
                {
                    await stream.ReadExactlyAsync(buffer.AsMemory(0, 1), Patience.Token());
                    Assert.Equal((byte)i, buffer[0]);
                }
            }

            await cancelling;
        }
    }

    [Fact]
    public async Task Write_Cancelled_EndsWithTheToken()
    {
        await using var backend = new RawBackend();
        for (var i = 0; i < 20; i++)
        {
            await using var stream = new EpollStream(await ConnectAsync(backend.Address));
            using var source = new CancellationTokenSource();
            var writing = stream.WriteAsync(new byte[64 << 20], source.Token).AsTask();
            Assert.False(writing.IsCompleted);
            var cancelling = Task.Run(source.Cancel, TestContext.Current.CancellationToken);
            var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(Patience.Limit, TimeProvider.System));
            Assert.Equal(source.Token, failure.CancellationToken);
            await cancelling;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_WhileReading_EndsTheRead(bool isZeroByteRead)
    {
        await using var backend = new RawBackend();
        var stream = new EpollStream(await ConnectAsync(backend.Address));
        var reading = stream.ReadSomeAsync(isZeroByteRead ? Memory<byte>.Empty : new byte[10], CancellationToken.None);
        Assert.False(reading.IsCompleted);
        await stream.DisposeAsync();
        if (isZeroByteRead)
        {
            Assert.Equal(0, await reading);
        }
        else
        {
            await Assert.ThrowsAnyAsync<IOException>(() => reading);
        }

        await Assert.ThrowsAnyAsync<IOException>(() => stream.ReadSomeAsync(new byte[10], CancellationToken.None));
        await Assert.ThrowsAnyAsync<IOException>(() => stream.WriteAsync(new byte[10]).AsTask());
        await (await backend.AcceptAsync()).ClosedAsync();
    }

    [Fact]
    public async Task PeersEnd_IsReadAsTheEnd_AndItsResetAsAFailure()
    {
        await using var backend = new RawBackend();
        await using var first = new EpollStream(await ConnectAsync(backend.Address));
        var peer = await backend.AcceptAsync();
        await peer.SendAsync("hello");
        peer.Finish();
        var all = new MemoryStream();
        await first.CopyToAsync(all, Patience.Token());
        Assert.Equal("hello"u8, all.ToArray());
        Assert.Equal(0, await first.ReadAsync(new byte[10], Patience.Token()));

        await using var second = new EpollStream(await ConnectAsync(backend.Address));
        (await backend.AcceptAsync()).Reset();
        await Assert.ThrowsAnyAsync<IOException>(() => second.ReadSomeAsync(new byte[10], Patience.Token()));
    }

    private static async Task<EpollSocket> ConnectAsync(Uri address, CancellationToken cancellationToken = default)
    {
        Assert.SkipUnless(Epoll.IsSupported, "This system has no epoll.");
        return await EpollConnect.ConnectAsync(new DnsEndPoint(address.Host, address.Port), static socket => socket.NoDelay = true, cancellationToken);
    }
}
