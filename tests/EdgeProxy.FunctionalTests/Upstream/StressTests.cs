using System.Globalization;
using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>Many requests at once: every answer is whole and is that of its own request, whatever becomes of the others.</summary>
public sealed class StressTests
{
    private const int Workers = 64;

    [Fact]
    public async Task TenThousandAnswers_OverConnectionsInParallel_AreWhole()
    {
        await using var backend = new RawBackend(ServeAsync);
        using var asker = Asker.Own();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; i < 10_000; i += Workers)
            {
                using var response = await asker.GetAsync(new Uri(backend.Address, $"/{i}"), Patience.Token());
                Assert.Equal(BodyOf(i), await response.Content.ReadAsStringAsync(Patience.Token()));
            }
        }, TestContext.Current.CancellationToken)));
        Assert.InRange(backend.Connections, 1, Workers);
    }

    [Fact]
    public async Task GivingUpAtRandomMoments_NeverMixesAnswersUp()
    {
        await using var backend = new RawBackend(ServeAsync);
        using var asker = Asker.Own();
        var (whole, given) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = worker; i < 10_000; i += Workers)
            {
                if (await AskAsync(asker, backend, i, random))
                {
                    Interlocked.Increment(ref whole);
                }
                else
                {
                    Interlocked.Increment(ref given);
                }
            }
        }, TestContext.Current.CancellationToken)));
        Assert.Equal(10_000, whole + given);
        Assert.InRange(given, 1, 9_999);
    }

    // In one of several ways that may go wrong half-way; true if the answer came whole.
    private static async Task<bool> AskAsync(Asker asker, RawBackend backend, int id, Random random)
    {
        using var source = new CancellationTokenSource();
        using var ofRead = new CancellationTokenSource();
        var uri = new Uri(backend.Address, $"/{id}");
        var way = random.Next(6);
        var spins = random.Next(20_000);
        var cancelling = way switch
        {
            0 => Task.Run(() => Give(source, spins)),
            1 => Task.Run(() => Give(ofRead, spins)),
            _ => Task.CompletedTask,
        };
        try
        {
            using var response = await asker.GetAsync(uri, source.Token).WaitAsync(Patience.Limit, TimeProvider.System);
            Assert.Equal(id.ToString(CultureInfo.InvariantCulture), Assert.Single(response.Headers.NonValidated["X-Id"]));
            var body = await response.Content.ReadAsStreamAsync(CancellationToken.None);
            var expected = BodyOf(id);
            var buffer = new byte[random.Next(1, 200)];
            var text = new StringBuilder();
            while (true)
            {
                if (way == 2 && random.Next(4) == 0)
                {
                    await source.CancelAsync();
                }

                if (way == 3 && random.Next(4) == 0)
                {
                    // From another thread than the one that reads.
                    var disposing = Task.Run(response.Dispose);
                    await Task.WhenAny(body.ReadSomeAsync(buffer, CancellationToken.None));
                    await disposing;
                    return false;
                }

                var count = await body.ReadSomeAsync(buffer, way == 1 ? ofRead.Token : source.Token).WaitAsync(Patience.Limit, TimeProvider.System);
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
                Assert.StartsWith(text.ToString(), expected, StringComparison.Ordinal);
                if (count == 0)
                {
                    Assert.Equal(expected, text.ToString());
                    return true;
                }
            }
        }
        catch (OperationCanceledException e)
        {
            // Nobody pays for another's token.
            Assert.True(way is 0 or 1 or 2, $"way {way}: {e}");
            Assert.Equal(way == 1 ? ofRead.Token : source.Token, e.CancellationToken);
            return false;
        }
        finally
        {
            await cancelling;
        }
    }

    private static void Give(CancellationTokenSource source, int spins)
    {
        Thread.SpinWait(spins);
        source.Cancel();
    }

    private static string BodyOf(int id) => string.Concat(Enumerable.Repeat(id.ToString(CultureInfo.InvariantCulture) + ";", id % 97));

    private static async Task ServeAsync(RawPeer peer)
    {
        while (true)
        {
            var head = await peer.ReadHeadAsync();
            var id = int.Parse(head.AsSpan(5, head.IndexOf(' ', 5) - 5), CultureInfo.InvariantCulture);
            var random = new Random(id);
            var body = BodyOf(id);
            if (id % 3 == 0)
            {
                await SendInPiecesAsync(peer, random, $"HTTP/1.1 200 OK\r\nX-Id: {id}\r\nContent-Length: {body.Length}\r\n\r\n{body}");
                continue;
            }

            var answer = new StringBuilder($"HTTP/1.1 200 OK\r\nX-Id: {id}\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var at = 0; at < body.Length;)
            {
                var count = Math.Min(random.Next(1, 120), body.Length - at);
                answer.Append(CultureInfo.InvariantCulture, $"{count:x}\r\n{body.AsSpan(at, count)}\r\n");
                at += count;
            }

            await SendInPiecesAsync(peer, random, answer.Append("0\r\n\r\n").ToString());
        }
    }

    private static async Task SendInPiecesAsync(RawPeer peer, Random random, string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var count = random.Next(3) == 0 ? text.Length - at : Math.Min(random.Next(1, 200), text.Length - at);
            await peer.SendAsync(text.Substring(at, count));
            at += count;
        }
    }
}
