using System.Net;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>What of a request leaves together, and what does not wait for the rest.</summary>
public sealed class SendingTests
{
    private const string Answer = "HTTP/1.1 204 No Content\r\n\r\n";

    [Theory]
    [InlineData(5, "hello")]
    [InlineData(null, "5\r\nhello\r\n0\r\n\r\n")]
    public async Task ContentAtHand_LeavesWithTheHead(int? length, string body)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var gate = new Gate();
        gate.Open();
        var asking = asker.SendAsync(new(HttpMethod.Post, backend.Address) { Content = new Content(gate, length) }, Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();

        Assert.Equal(body, peer.TakeReceived());
        await peer.SendAsync(Answer);
        (await asking).Dispose();
    }

    [Theory]
    [InlineData(5, "hello")]
    [InlineData(null, "5\r\nhello\r\n0\r\n\r\n")]
    public async Task ContentThatTakesItsTime_DoesNotHoldTheHeadBack(int? length, string body)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var gate = new Gate();
        var asking = asker.SendAsync(new(HttpMethod.Post, backend.Address) { Content = new Content(gate, length) }, Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();

        Assert.Equal("", peer.TakeReceived());
        gate.Open();
        Assert.Equal(body, await peer.ReadAsync(body.Length));
        await peer.SendAsync(Answer);
        (await asking).Dispose();
    }

    /// <summary>Flushes before it writes, as YARP's content does.</summary>
    private sealed class Content : HttpContent
    {
        private readonly Gate _gate;

        public Content(Gate gate, int? length)
        {
            _gate = gate;
            Headers.ContentLength = length;
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            await _gate.WaitAsync();
            await stream.WriteAsync("hello"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
