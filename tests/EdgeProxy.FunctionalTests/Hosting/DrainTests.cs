using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeProxy.Hosting;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Hosting;

/// <summary>The process is told to stop: running streams go on, then end with a frame, and nobody sees a cut one.</summary>
public sealed class DrainTests
{
    private const string AtOnce = """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:00:02" }, "Attempts": { "Max": 1 } }""";
    private const string Late = """{ "Primer": { "After": "00:10:00" }, "Attempts": { "Max": 1 } }""";

    [Fact]
    public async Task RunningStream_GoesOnIsKeptAliveAndEndsWhole_AndTheProxyStopsWithIt()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await gate.WaitAsync();
            await exchange.WriteAsync(Family.Chat.Event + Family.Chat.Terminal);
        });
        await using var proxy = await StartAsync(backend, AtOnce, "00:01:00");
        await using var client = await AskAsync(proxy, Family.Chat);
        await OpenedAsync(client, Family.Chat.Event);

        var stopped = proxy.DrainAsync();

        Assert.Equal(": keep-alive\n\n", await proxy.Clock.AdvanceUntilAsync(client.ReadChunkTextAsync(), TimeSpan.FromSeconds(5)));
        Assert.False(stopped.IsCompleted);
        gate.Open();
        Assert.Equal(Family.Chat.Event + Family.Chat.Terminal + Family.Done, await client.ReadTextAsync());
        Assert.True(await client.IsClosedByServerAsync());
        await stopped.WaitAsync(Patience.Limit, TimeProvider.System);
        Assert.Empty(proxy.Logs.Complaints);
    }

    [Theory]
    [InlineData("waiting")]
    [InlineData("stalled")]
    [InlineData("mid-event")]
    public async Task StreamThatOutlivesTheTimeout_IsToldSo_ForEveryFamily(string state)
    {
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            var family = Family.Named(exchange.Headers["x-family"]);
            if (state != "waiting")
            {
                await exchange.StreamAsync(family.Event + (state == "mid-event" ? family.Event[..20] : ""));
            }

            await exchange.HangAsync();
        });
        await using var proxy = await StartAsync(backend, """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:30:00" }, "Attempts": { "Max": 1 } }""", "00:00:07");
        var clients = new List<(RawClient Client, Family Family)>();
        foreach (var family in Family.All)
        {
            var client = await AskAsync(proxy, family);
            clients.Add((client, family));
            await OpenedAsync(client, state == "waiting" ? family.Primer : family.Event);
        }

        var stopped = proxy.DrainAsync();
        var begin = proxy.Clock.Elapsed;
        Assert.True(await proxy.Clock.PassWithoutAsync(stopped, TimeSpan.FromSeconds(6.5)));
        await proxy.Clock.AdvanceUntilAsync(stopped, TimeSpan.FromSeconds(1));

        Assert.InRange(proxy.Clock.Elapsed - begin, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7.5));
        foreach (var (client, family) in clients)
        {
            family.AssertFailure(await client.ReadTextAsync(), "edge_draining", 503, "edge");
            Assert.True(await client.IsClosedByServerAsync());
            await client.DisposeAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task StreamThatWasNotOpened_GetsARealStatus(string name)
    {
        var family = Family.Named(name);
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        await using var proxy = await StartAsync(backend, Late, "00:00:07");
        await using var client = await AskAsync(proxy, family);
        await backend.NextAsync();

        var stopped = proxy.DrainAsync();
        await proxy.Clock.AdvanceUntilAsync(stopped, TimeSpan.FromSeconds(8));

        var head = await client.ReadHeadAsync();
        Assert.Equal((503, "close", "application/json"), (head.Status, head["Connection"], head["Content-Type"]));
        ErrorFields.AssertBody(family, await client.ReadTextAsync(), "edge_draining", 503, "edge");
        Assert.True(await client.IsClosedByServerAsync());
    }

    [Fact]
    public async Task TimeoutOfZero_EndsStreamsAtOnce()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        await using var proxy = await StartAsync(backend, AtOnce, "00:00:00");
        await using var client = await AskAsync(proxy, Family.Chat);
        await OpenedAsync(client, Family.Chat.Primer);

        await proxy.DrainAsync().WaitAsync(Patience.Limit, TimeProvider.System);

        Family.Chat.AssertFailure(await client.ReadTextAsync(), "edge_draining", 503, "edge");
        Assert.True(proxy.Clock.Elapsed < TimeSpan.FromSeconds(1), "The clock was not needed.");
    }

    [Fact]
    public async Task Timeout_IsTheOneThatHoldsWhenTheProxyStops()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        await using var proxy = await StartAsync(backend, AtOnce, "01:00:00");
        await using var client = await AskAsync(proxy, Family.Chat);
        await OpenedAsync(client, Family.Chat.Primer);

        proxy.WriteConfig(Config(backend, AtOnce, "00:00:03").ToString());
        await proxy.Clock.AdvanceUntilAsync(
            Patience.UntilAsync(() => proxy.Logs.Lines.Any(static line => line.Event.Name == "ConfigurationReloaded"), "the reload"), TimeSpan.FromSeconds(20));
        var begin = proxy.Clock.Elapsed;
        await proxy.Clock.AdvanceUntilAsync(proxy.DrainAsync(), TimeSpan.FromSeconds(4));

        Assert.InRange(proxy.Clock.Elapsed - begin, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));
        Assert.EndsWith(Family.Done, await client.ReadTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientThatDoesNotRead_HoldsTheProxyForTheMarginAlone_AndTheOthersEndWell()
    {
        await using var backend = await ScriptedBackend.StartAsync(FloodAsync);
        backend.On("hang", static exchange => exchange.HangAsync());
        await using var proxy = await StartAsync(backend, AtOnce, "00:00:03");
        await using var stuck = await AskAsync(proxy, Family.Chat, receiveBufferBytes: 4096);
        await BackPressureAsync(await backend.NextAsync());
        await using var well = await AskAsync(proxy, Family.Chat, $"{ScriptedBackend.ScriptHeader}: hang\r\n");
        await OpenedAsync(well, Family.Chat.Primer);

        var begin = proxy.Clock.Elapsed;
        var stopped = proxy.DrainAsync();
        await proxy.Clock.AdvanceUntilAsync(well.ReadUntilAsync(Family.Done), TimeSpan.FromSeconds(4));
        Assert.False(stopped.IsCompleted);
        await proxy.Clock.AdvanceUntilAsync(stopped, TimeSpan.FromSeconds(6));

        Assert.InRange(proxy.Clock.Elapsed - begin, TimeSpan.FromSeconds(3) + DrainService.Margin, TimeSpan.FromSeconds(4) + DrainService.Margin);
        Assert.Contains(proxy.Logs.Lines, static line => line.Event.Name == "DrainGaveUp");
    }

    [Fact]
    public async Task SecondSignal_EndsEveryStreamNow_AndWaitsForNoStuckClient()
    {
        await using var backend = await ScriptedBackend.StartAsync(FloodAsync);
        backend.On("hang", static exchange => exchange.HangAsync());
        await using var proxy = await StartAsync(backend, AtOnce, "01:00:00");
        await using var stuck = await AskAsync(proxy, Family.Chat, receiveBufferBytes: 4096);
        await BackPressureAsync(await backend.NextAsync());
        await using var well = await AskAsync(proxy, Family.Chat, $"{ScriptedBackend.ScriptHeader}: hang\r\n");
        await OpenedAsync(well, Family.Chat.Primer);

        var stopped = proxy.DrainAsync();
        var begin = proxy.Clock.Elapsed;
        proxy.EndNow();
        proxy.EndNow();

        Family.Chat.AssertFailure(await well.ReadTextAsync(), "edge_draining", 503, "edge");
        Assert.Equal(begin, proxy.Clock.Elapsed);
        Assert.False(stopped.IsCompleted);
        await proxy.Clock.AdvanceUntilAsync(stopped, DrainService.Stillness + TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task PlainRequest_EndsByItself()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await gate.WaitAsync();
            await exchange.AnswerAsync(200, "text/plain", "whole");
        });
        await using var proxy = await StartAsync(backend, AtOnce, "00:01:00");
        await using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET", "/v1/models", "", default);
        await gate.Reached;
        await using var idle = await proxy.ConnectAsync();

        var stopped = proxy.DrainAsync();

        // The server tells its connections in the order in which they came.
        Assert.True(await idle.IsClosedByServerAsync());
        gate.Open();

        Assert.Equal("close", (await client.ReadHeadAsync())["Connection"]);
        Assert.Equal("whole", await client.ReadTextAsync());
        await stopped.WaitAsync(Patience.Limit, TimeProvider.System);
    }

    [Theory]
    [InlineData(ClientProtocol.H2c)]
    [InlineData(ClientProtocol.Http2Tls)]
    public async Task StreamsOverHttp2_AreNotCutByTheServersGoAway(ClientProtocol protocol)
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await gate.WaitAsync();
            await exchange.WriteAsync(Family.Chat.Event + Family.Chat.Terminal);
        });
        backend.On("hang", static async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await exchange.HangAsync();
        });
        await using var proxy = await StartAsync(backend, AtOnce, "00:00:05");
        using var http = proxy.CreateClient(protocol);
        var streams = new List<(StreamReader Body, bool Hangs)>();
        foreach (var hangs in (bool[])[true, false, true, false])
        {
            using var request = proxy.Post(protocol, Family.Chat.Path);
            request.Headers.Add(ScriptedBackend.ScriptHeader, hangs ? "hang" : "ends");
            var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
            streams.Add((new StreamReader(await answer.Content.ReadAsStreamAsync(Patience.Token())), hangs));
        }

        var stopped = proxy.DrainAsync();
        await RefusesConnectionsAsync(proxy.Address(protocol));
        gate.Open();
        foreach (var (body, _) in streams.Where(static stream => !stream.Hangs))
        {
            Assert.EndsWith(Family.Chat.Event + Family.Chat.Terminal + Family.Done, await body.ReadToEndAsync(Patience.Token()), StringComparison.Ordinal);
        }

        await proxy.Clock.AdvanceUntilAsync(stopped, TimeSpan.FromSeconds(6));
        foreach (var (body, _) in streams.Where(static stream => stream.Hangs))
        {
            var text = await body.ReadToEndAsync(Patience.Token());
            Family.Chat.AssertFailure(text[text.IndexOf("event: error", StringComparison.Ordinal)..], "edge_draining", 503, "edge");
        }
    }

    [Fact]
    public async Task RequestOnAnOpenHttp2Connection_AfterTheDrainBegan_IsRefusedAndItsNeighbourGoesOn()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(Family.Chat.Answer);
        });
        await using var proxy = await StartAsync(backend, AtOnce, "00:05:00");
        using var http = proxy.CreateClient(ClientProtocol.H2c);
        using var request = proxy.Post(ClientProtocol.H2c, Family.Chat.Path);
        using var running = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());

        // Told to stop, but not yet closing: the client has not heard of it.
        proxy.BeginStop();
        using var late = proxy.Post(ClientProtocol.H2c, Family.Chat.Path);
        using var refused = await http.SendAsync(late, Patience.Token());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        ErrorFields.AssertBody(Family.Chat, await refused.Content.ReadAsStringAsync(Patience.Token()), "edge_draining", 503, "edge");
        var stopped = proxy.DrainAsync();
        gate.Open();
        Assert.EndsWith(Family.Chat.Answer, await running.Content.ReadAsStringAsync(Patience.Token()), StringComparison.Ordinal);
        await stopped.WaitAsync(Patience.Limit, TimeProvider.System);
    }

    [Fact]
    public async Task NewConnection_IsRefused_AndAnIdleOneIsClosed()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(Family.Chat.Answer);
        });
        backend.On("plain", static exchange => exchange.AnswerAsync(200, "text/plain", "ok"));
        await using var proxy = await StartAsync(backend, AtOnce, "00:05:00");
        await using var idle = await proxy.ConnectAsync();
        await idle.SendAsync("GET", "/", $"{ScriptedBackend.ScriptHeader}: plain\r\n", default);
        Assert.Equal("ok", await idle.ReadTextAsync());
        await using var running = await AskAsync(proxy, Family.Chat);
        await gate.Reached;

        var stopped = proxy.DrainAsync();

        Assert.True(await idle.IsClosedByServerAsync());
        await RefusesConnectionsAsync(proxy.Http1);
        gate.Open();
        Assert.EndsWith(Family.Chat.Answer, await running.ReadTextAsync(), StringComparison.Ordinal);
        await stopped.WaitAsync(Patience.Limit, TimeProvider.System);
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task RequestOnAnOpenConnection_AfterTheDrainBegan_IsRefusedInItsFamilysWords(string name)
    {
        var family = Family.Named(name);
        await using var backend = await ScriptedBackend.StartAsync();
        await using var proxy = await StartAsync(backend, AtOnce, "00:05:00");
        await using var client = await proxy.ConnectAsync();

        proxy.BeginStop();
        await client.AskAsync(family.Path, "x-request-id: mine\r\n");

        var head = await client.ReadHeadAsync();
        Assert.Equal((503, "close", "application/json", "mine"), (head.Status, head["Connection"], head["Content-Type"], head["x-request-id"]));
        ErrorFields.AssertBody(family, await client.ReadTextAsync(), "edge_draining", 503, "edge");
        Assert.True(await client.IsClosedByServerAsync());
        Assert.Empty(backend.Exchanges);
    }

    [Theory]
    [InlineData("GET", "/v1/models", 0)]
    [InlineData("GET", "/no/such/route", 0)]
    [InlineData("HEAD", "/v1/models", 0)]
    [InlineData("POST", "/v1/embeddings", 3_000_000)]
    public async Task AnyRequest_AfterTheDrainBegan_IsRefused(string method, string path, int bodyBytes)
    {
        await using var backend = await ScriptedBackend.StartAsync();
        await using var proxy = await StartAsync(backend, AtOnce, "00:05:00");
        await using var client = await proxy.ConnectAsync();

        proxy.BeginStop();
        await client.SendAsync(method, path, "", Encoding.ASCII.GetBytes(new string(' ', bodyBytes)));

        var head = await client.ReadHeadAsync();
        Assert.Equal((503, "close"), (head.Status, head["Connection"]));
        Assert.Empty(backend.Exchanges);
    }

    private static ProxyConfig Config(ScriptedBackend backend, string policy, string drain)
    {
        var config = ProxyConfig.For(backend.Http1, policy);
        config.Section("EdgeProxy", "Drain")["Timeout"] = drain;
        return config;
    }

    private static Task<ProxyHost> StartAsync(ScriptedBackend backend, string policy, string drain) => ProxyHost.StartManualAsync(Config(backend, policy, drain));

    private static async Task<RawClient> AskAsync(ProxyHost proxy, Family family, string headers = "", int? receiveBufferBytes = null)
    {
        var client = await proxy.ConnectAsync(receiveBufferBytes);
        await client.AskAsync(family.Path, $"x-family: {family.Name}\r\n{headers}");
        return client;
    }

    private static async Task OpenedAsync(RawClient client, string until)
    {
        Assert.Equal(200, (await client.ReadHeadAsync()).Status);
        await client.ReadUntilAsync(until);
    }

    private static async Task FloodAsync(BackendExchange exchange)
    {
        exchange.SetHead();
        while (!exchange.IsAborted)
        {
            await exchange.WriteAsync(Family.Chat.Event);
        }
    }

    /// <summary>Waits until nothing more goes through: the client reads nothing.</summary>
    private static async Task BackPressureAsync(BackendExchange exchange)
    {
        var limit = Patience.Token();
        for (var written = -1L; written != exchange.Written || written == 0;)
        {
            written = exchange.Written;
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, limit);
        }
    }

    private static Task RefusesConnectionsAsync(Uri address) => Patience.UntilAsync(
        () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(address.Host, address.Port);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        },
        "the closed door");
}
