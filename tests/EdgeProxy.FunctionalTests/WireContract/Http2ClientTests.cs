using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>The same stream over HTTP/2: primer, keep-alive, events and failures, and an end that is a clean <c>END_STREAM</c>.</summary>
public sealed class Http2ClientTests
{
    private const string AtOnce = """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:00:02" } }""";

    [Theory]
    [InlineData(ClientProtocol.Http2Tls)]
    [InlineData(ClientProtocol.H2c)]
    public async Task Stream_PrimerKeepAliveEventFailure_EndsCleanly(ClientProtocol protocol)
    {
        var gates = new[] { new Gate(), new Gate() };
        await using var stage = await Stage.StartAsync(AtOnce, async exchange =>
        {
            await gates[0].WaitAsync();
            await exchange.StreamAsync(Family.Chat.Event);
            await gates[1].WaitAsync();
            exchange.Reset();
        });
        using var client = stage.Proxy.CreateClient(protocol);
        using var request = stage.Proxy.Post(protocol, "/v1/chat/completions");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
        await using var body = await answer.Content.ReadAsStreamAsync(Patience.Token());

        Assert.Equal(2, answer.Version.Major);
        Assert.Equal(": edgeproxy\n\n", await ReadAsync());
        Assert.Equal(": keep-alive\n\n", await stage.Clock.AdvanceUntilAsync(ReadAsync(), TimeSpan.FromSeconds(4)));
        gates[0].Open();
        Assert.Equal(Family.Chat.Event, await ReadAsync());
        gates[1].Open();
        using var rest = new StreamReader(body, Encoding.UTF8);
        Family.Chat.AssertFailure(await rest.ReadToEndAsync(Patience.Token()), "upstream_disconnected", 502);

        async Task<string> ReadAsync()
        {
            var buffer = new byte[4096];
            return Encoding.UTF8.GetString(buffer, 0, await body.ReadAsync(buffer, Patience.Token()));
        }
    }

    [Theory]
    [InlineData(ClientProtocol.Http2Tls)]
    [InlineData(ClientProtocol.H2c)]
    public async Task OneStreamFails_ItsNeighboursOnTheConnectionGoOn(ClientProtocol protocol)
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("{}", static exchange => exchange.StreamAsync(Family.Chat.Event));
        stage.Backend.On("stays", async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await gate.WaitAsync();
            await exchange.WriteAsync(Family.Chat.Answer);
        });
        using var client = stage.Proxy.CreateClient(protocol);
        using var staying = stage.Proxy.Post(protocol, "/v1/chat/completions");
        staying.Headers.Add(ScriptedBackend.ScriptHeader, "stays");
        using var stays = await client.SendAsync(staying, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
        for (var i = 0; i < 5; i++)
        {
            using var failing = stage.Proxy.Post(protocol, "/v1/chat/completions");
            using var fails = await client.SendAsync(failing, Patience.Token());
            Family.Chat.AssertFailure((await fails.Content.ReadAsStringAsync(Patience.Token()))[Family.Chat.Event.Length..], "stream_incomplete", 502);
        }

        gate.Open();
        Assert.Equal(Family.Chat.Event + Family.Chat.Answer, await stays.Content.ReadAsStringAsync(Patience.Token()));
    }
}
