using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Operation;

/// <summary>A real process with 200 live streams is told to stop.</summary>
public sealed class DrainTests
{
    private const string Event = """data: {"id":"c","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}""" + "\n\n";
    private const string Ending = """data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n";
    private const string Primer = ": edgeproxy\n\n";

    /// <summary>What the backend sends before it waits, by state.</summary>
    private static readonly Dictionary<string, string> States = new()
    {
        ["waiting"] = "",
        ["queued"] = "",
        ["mid-event"] = Event + Event[..30],
        ["stalled"] = Event + Event + Event,
    };

    [Theory]
    [InlineData(ClientProtocol.Http1)]
    [InlineData(ClientProtocol.H2c)]
    public async Task Sigterm_LetsStreamsEndThemselves_ThenEndsTheRestWithAFrame_AndExitsWith0(ClientProtocol protocol)
    {
        var gate = new Gate();
        await using var backend = await StartBackendAsync(gate);
        await using var proxy = await EdgeProxyProcess.StartAsync(Config(backend, drain: "00:00:04"));
        using var http = Client(protocol);
        var streams = await OpenAsync(http, proxy, protocol);

        await proxy.SignalAsync("TERM");

        await Patience.UntilAsync(() => Readiness(proxy) == HttpStatusCode.ServiceUnavailable, "readiness 503");
        await AssertRefusesAsync(proxy.Http1);
        gate.Open();
        foreach (var stream in streams.Where(static stream => stream.Finishes))
        {
            Assert.Equal(Primer + Event + Event + Event + Ending, WithoutKeepAlives(await stream.Body));
        }

        Assert.False(proxy.HasExited, "The streams that are left were not waited for.");
        foreach (var stream in streams.Where(static stream => !stream.Finishes))
        {
            AssertDrained(stream, await stream.Body);
        }

        Assert.Equal(0, await proxy.ExitCodeAsync());
        Assert.DoesNotContain(proxy.Lines, static line => line.Contains("are cut", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ClientProtocol.Http1, "TERM", "TERM")]
    [InlineData(ClientProtocol.H2c, "INT", "INT")]
    [InlineData(ClientProtocol.Http1, "INT", "TERM")]
    public async Task SecondSignal_EndsEveryStreamAtOnce_WithAFrame_AndExitsWith0(ClientProtocol protocol, string first, string second)
    {
        await using var backend = await StartBackendAsync(new Gate());
        await using var proxy = await EdgeProxyProcess.StartAsync(Config(backend, drain: "01:00:00"));
        using var http = Client(protocol);
        var streams = await OpenAsync(http, proxy, protocol);
        await using var stuck = await RawClient.ConnectAsync(proxy.Http1, receiveBufferBytes: 4096);
        await stuck.AskAsync("/v1/chat/completions", $"{ScriptedBackend.ScriptHeader}: flood\r\n");

        await proxy.SignalAsync(first);
        await Patience.UntilAsync(() => Readiness(proxy) == HttpStatusCode.ServiceUnavailable, "readiness 503");
        Assert.DoesNotContain(streams, static stream => stream.Body.IsCompleted);
        await proxy.SignalAsync(second);

        foreach (var stream in streams)
        {
            AssertDrained(stream, await stream.Body);
        }

        // The clients' patience is less than the drain's hour: it did not wait.
        Assert.Equal(0, await proxy.ExitCodeAsync());
    }

    private static async Task<ScriptedBackend> StartBackendAsync(Gate gate)
    {
        var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            var begin = States[exchange.Headers["x-state"]];
            if (begin.Length > 0)
            {
                await exchange.StreamAsync(begin);
            }

            if (!exchange.Headers.ContainsKey("x-finishes"))
            {
                await exchange.HangAsync();
                return;
            }

            await gate.WaitAsync(exchange.AbortedToken);
            if (begin.Length == 0)
            {
                exchange.SetHead();
            }

            await exchange.WriteAsync((Event + Event + Event)[begin.Length..] + Ending);
        });
        backend.On("flood", static async exchange =>
        {
            exchange.SetHead();
            while (!exchange.IsAborted)
            {
                await exchange.WriteAsync(Event);
            }
        });
        return backend;
    }

    private static ProxyConfig Config(ScriptedBackend backend, string drain)
    {
        const string Early = """ "Primer": { "After": "00:00:00.100" }, "KeepAlive": { "Interval": "00:00:01" }, "Attempts": { "Max": 1 } """;
        var config = ProxyConfig.For(backend.Http1, $"{{ {Early} }}")
            .Cluster("narrow", backend.Http1)
            .Route("narrow", "narrow", "/narrow/{**rest}", "narrow")
            .Policy("narrow", $$"""{ {{Early}}, "Admission": { "MaxConcurrentStreams": 1, "QueueLimit": 100, "QueueTimeout": "00:10:00" } }""");
        config.Section("EdgeProxy", "Drain")["Timeout"] = drain;
        return config;
    }

    /// <summary>Opens 50 streams in each state and waits until each has come there; half of those that have reached the backend will finish.</summary>
    private static async Task<LiveStream[]> OpenAsync(HttpClient http, EdgeProxyProcess proxy, ClientProtocol protocol)
    {
        var streams = await Task.WhenAll(Enumerable.Range(0, 200).Select(OpenAsync));
        await Task.WhenAll(streams.Select(static stream => stream.Opened.WaitAsync(Patience.Limit, TimeProvider.System)));
        return streams;

        async Task<LiveStream> OpenAsync(int i)
        {
            var state = States.Keys.ElementAt(i % States.Count);
            var finishes = state != "queued" && i % 8 < 4;
            var address = new Uri(protocol == ClientProtocol.Http1 ? proxy.Http1 : proxy.H2c, (state == "queued" ? "/narrow" : "") + "/v1/chat/completions");
            using var request = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Content = new StringContent("""{"model":"m","stream":true}""", Encoding.UTF8, "application/json"),
                Version = http.DefaultRequestVersion,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            request.Headers.Add("x-state", state);
            if (finishes)
            {
                request.Headers.Add("x-finishes", "yes");
            }

            var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return new LiveStream(state, finishes, await answer.Content.ReadAsStreamAsync(Patience.Token()));
        }
    }

    private static HttpClient Client(ClientProtocol protocol) => new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1000 })
    {
        DefaultRequestVersion = protocol == ClientProtocol.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private static HttpStatusCode Readiness(EdgeProxyProcess proxy)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(proxy.Admin, "/healthz/ready"));
        return http.Send(request, Patience.Token()).StatusCode;
    }

    private static async Task AssertRefusesAsync(Uri address)
    {
        try
        {
            await using var late = await RawClient.ConnectAsync(address);
            await late.AskAsync("/v1/chat/completions");
            var head = await late.ReadHeadAsync();
            Assert.Equal((503, "close"), (head.Status, head["Connection"]));
        }
        catch (Exception e) when (e is SocketException or RawConnectionException)
        {
            // Refused, or reset before it was accepted.
        }
    }

    private static void AssertDrained(LiveStream stream, string body)
    {
        body = WithoutKeepAlives(body);
        Assert.StartsWith(Primer + WholeEvents(stream.State) + "event: error\ndata: {\"error\":{", body, StringComparison.Ordinal);
        var events = Sse.Parse(body);
        Assert.Equal("[DONE]", events[^1].Data);
        Assert.Contains("\"code\":\"edge_draining\"", Assert.Single(events, static e => e.Type == "error").Data, StringComparison.Ordinal);
        Assert.EndsWith("}}\n\ndata: [DONE]\n\n", body, StringComparison.Ordinal);
    }

    /// <summary>What of the state's bytes a client gets to see: an unfinished event is held back.</summary>
    private static string WholeEvents(string state) =>
        States[state] is var begin && begin.LastIndexOf("\n\n", StringComparison.Ordinal) is >= 0 and var end ? begin[..(end + 2)] : "";

    /// <summary>Primers and keep-alives come by real time; the primer is put where it is if it came at all.</summary>
    private static string WithoutKeepAlives(string body)
    {
        body = body.Replace(": keep-alive\n\n", "", StringComparison.Ordinal);
        return body.StartsWith(Primer, StringComparison.Ordinal) ? body : Primer + body;
    }

    /// <summary>One client's stream, read to its end beside the test.</summary>
    private sealed class LiveStream
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LiveStream(string state, bool finishes, Stream body)
        {
            State = state;
            Finishes = finishes;
            Body = ReadAsync(body);
        }

        public string State { get; }

        public bool Finishes { get; }

        /// <summary>Completes when what the state means has come.</summary>
        public Task Opened => _opened.Task;

        /// <summary>The whole body; fails if the stream was cut.</summary>
        public Task<string> Body { get; }

        private async Task<string> ReadAsync(Stream body)
        {
            var text = new StringBuilder();
            var buffer = new byte[4096];
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
            while (await body.ReadAsync(buffer, limit.Token) is > 0 and var count)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, count));
                if (text.ToString().EndsWith(WholeEvents(State) is { Length: > 0 } events ? events : Primer, StringComparison.Ordinal))
                {
                    _opened.TrySetResult();
                }
            }

            return text.ToString();
        }
    }
}
