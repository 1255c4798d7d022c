using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>
/// Many streams at once on real time, keep-alives as often as they may be, backends that dawdle and break anywhere: whatever falls
/// together, every client gets its events whole and in order, our frames only between them, and one ending.
/// </summary>
public sealed class CrowdTests
{
    private const int Streams = 60;
    private const string Policy = """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:00:00.100" }, "Attempts": { "Max": 1 } }""";

    [Theory]
    [InlineData(ClientProtocol.Http1, false, 1)]
    [InlineData(ClientProtocol.Http2Tls, true, 2)]
    [InlineData(ClientProtocol.H2c, false, 3)]
    public async Task ManyStreams_DawdlingBackends_EachEndsAsItShould(ClientProtocol protocol, bool http2, int seed)
    {
        await using var backend = await ScriptedBackend.StartAsync();
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(http2 ? backend.H2c : backend.Http1, Policy, http2));
        using var client = proxy.CreateClient(protocol);

        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async number =>
        {
            var script = new DawdlingAnswer(new Random((seed * 1000) + number));
            backend.On($"{number}", script.PlayAsync);
            using var request = proxy.Post(protocol, "/v1/chat/completions");
            request.Headers.Add(ScriptedBackend.ScriptHeader, $"{number}");
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
            script.AssertReceived(await answer.Content.ReadAsStringAsync(Patience.Token()));
        }));
        Assert.Empty(proxy.Logs.Errors);
    }

    /// <summary>An answer in random pieces with random pauses, which ends well or breaks off.</summary>
    private sealed class DawdlingAnswer
    {
        private readonly Random _random;
        private readonly string _events;
        private readonly bool _breaks;

        public DawdlingAnswer(Random random)
        {
            _random = random;
            _breaks = random.Next(3) == 0;
            _events = string.Concat(Enumerable.Range(0, 20).Select(i => Family.Chat.Event.Replace("Hello", $"{i} grüße 你好", StringComparison.Ordinal)));
        }

        public async Task PlayAsync(BackendExchange exchange)
        {
            var bytes = Encoding.UTF8.GetBytes(_events + (_breaks ? Family.Chat.Event[..30] : Family.Chat.Terminal + Family.Done));
            exchange.SetHead();
            for (var at = 0; at < bytes.Length;)
            {
                var length = Math.Min(_random.Next(1, 200), bytes.Length - at);
                await exchange.WriteAsync(bytes.AsMemory(at, length));
                at += length;
                await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(12) == 0 ? 130 : _random.Next(12)), TimeProvider.System);
            }

            if (_breaks)
            {
                exchange.Cut();
            }
        }

        public void AssertReceived(string body)
        {
            Assert.StartsWith(": edgeproxy\n\n", body, StringComparison.Ordinal);
            var withoutOurs = body[": edgeproxy\n\n".Length..].Replace(": keep-alive\n\n", "", StringComparison.Ordinal);
            if (!_breaks)
            {
                Assert.Equal(_events + Family.Chat.Terminal + Family.Done, withoutOurs);
                return;
            }

            // A reset over HTTP/2 may overtake the last events: what came is a beginning of them, whole events only.
            var received = withoutOurs[..withoutOurs.IndexOf("event: error", StringComparison.Ordinal)];
            Assert.StartsWith(received, _events, StringComparison.Ordinal);
            Assert.EndsWith("\n\n", received, StringComparison.Ordinal);
            Family.Chat.AssertFailure(withoutOurs[received.Length..], "upstream_disconnected", 502);
        }
    }
}
