using System.Globalization;
using System.Net;
using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>What of a request leaves together, and what does not wait for the rest.</summary>
public sealed class SendingTests
{
    private const string NoContent = "HTTP/1.1 204 No Content\r\n\r\n";

    [Theory]
    [InlineData(true, "5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(false, "hello")]
    public async Task ContentAtHand_LeavesWithTheHead(bool isChunked, string body)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var asking = asker.SendAsync(Post(backend, new Content("hello", isChunked)), Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();

        Assert.Equal(body, peer.TakeReceived());
        await peer.SendAsync(NoContent);
        (await asking).Dispose();
    }

    [Theory]
    [InlineData(true, true, "5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(true, false, "5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(false, true, "hello")]
    [InlineData(false, false, "hello")]
    public async Task ContentThatTakesItsTime_DoesNotHoldTheHeadBack(bool isChunked, bool flushes, string body)
    {
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var gate = new Gate();
        var asking = asker.SendAsync(Post(backend, new Content("hello", isChunked) { Flushes = flushes, Gate = gate }), Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.ReadHeadAsync();

        Assert.Equal("", peer.TakeReceived());
        gate.Open();
        Assert.Equal(body, await peer.ReadAsync(body.Length));
        await peer.SendAsync(NoContent);
        (await asking).Dispose();
    }

    /// <summary>A loop that has other events at hand holds a flushed head back for its content.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ManyAtOnce_ContentsThatFlushFirst_ArriveWhole(bool isChunked)
    {
        await using var backend = new RawBackend(static async peer =>
        {
            while (true)
            {
                var body = (await peer.ReadRequestAsync()).Split("\r\n\r\n", 2)[1];
                await peer.SendAsync(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            }
        });
        using var asker = Asker.Own();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async caller =>
        {
            for (var i = 0; i < 20; i++)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"{caller} asks for the {i}th time.").PadRight(40);
                using var response = await asker.SendAsync(Post(backend, new Content(text, isChunked) { Flushes = true }), Patience.Token());
                Assert.Equal(isChunked ? $"28\r\n{text}\r\n0\r\n\r\n" : text, await response.Content.ReadAsStringAsync(Patience.Token()));
            }
        }));
    }

    private static HttpRequestMessage Post(RawBackend backend, HttpContent content) => new(HttpMethod.Post, backend.Address) { Content = content };

    private sealed class Content : HttpContent
    {
        private readonly byte[] _bytes;

        public Content(string text, bool isChunked)
        {
            _bytes = Encoding.Latin1.GetBytes(text);
            Headers.ContentLength = isChunked ? null : _bytes.Length;
        }

        /// <summary>Whether it flushes before it writes, as YARP's content does.</summary>
        public bool Flushes { get; init; }

        /// <summary>What it waits for before it writes.</summary>
        public Gate? Gate { get; init; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            if (Flushes)
            {
                await stream.FlushAsync();
            }

            if (Gate is not null)
            {
                await Gate.WaitAsync();
            }

            await stream.WriteAsync(_bytes);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
