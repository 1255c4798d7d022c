using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>The client leaves: the upstream is let go at once, and nobody is blamed.</summary>
public sealed class ClientLeavesTests
{
    public static TheoryData<string, bool, bool> Moments()
    {
        var data = new TheoryData<string, bool, bool>();
        foreach (var moment in (string[])["before the commit", "after the commit", "after the head", "mid-answer"])
        {
            foreach (var reset in (bool[])[false, true])
            {
                data.Add(moment, reset, false);
                data.Add(moment, reset, true);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task ClientLeaves_AtAnyMoment_UpstreamIsCancelledAndNothingIsLoggedAsAnError(string moment, bool reset, bool http2)
    {
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            if (moment == "after the head")
            {
                await exchange.SendHeadAsync();
            }
            else if (moment == "mid-answer")
            {
                await exchange.StreamAsync(Family.Chat.Event);
            }

            await exchange.HangAsync();
        }, http2);
        await using var client = await stage.AskAsync();
        var exchange = await stage.Backend.NextAsync();
        if (moment is "after the commit")
        {
            await stage.HeadAsync(client);
        }
        else if (moment == "mid-answer")
        {
            await client.ReadHeadAsync();
            await client.ReadUntilAsync(Family.Chat.Event);
        }

        await LeaveAsync(client, reset);
        await exchange.Aborted;
        Assert.Empty(stage.Proxy.Logs.Complaints);
    }

    [Theory]
    [InlineData(ClientProtocol.Http2Tls)]
    [InlineData(ClientProtocol.H2c)]
    public async Task ClientCancelsOverHttp2_UpstreamIsCancelled(ClientProtocol protocol)
    {
        await using var stage = await Stage.StartAsync("{}", static async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await exchange.HangAsync();
        });
        using var client = stage.Proxy.CreateClient(protocol);
        using var request = stage.Proxy.Post(protocol, "/v1/chat/completions");
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
        answer.Dispose();

        await (await stage.Backend.NextAsync()).Aborted;
        Assert.Empty(stage.Proxy.Logs.Complaints);
    }

    [Fact]
    public async Task ClientLeaves_WhileItDoesNotRead_UpstreamIsCancelled()
    {
        await using var stage = await Stage.StartAsync("{}", static async exchange =>
        {
            exchange.SetHead();
            while (true)
            {
                await exchange.WriteAsync(Family.Chat.Event);
            }
        });
        var client = await stage.AskAsync(receiveBufferBytes: 4096);
        var exchange = await stage.Backend.NextAsync();
        await KeepAliveTests.WrittenSettlesAsync(exchange);
        client.Reset();

        await exchange.Aborted;
        Assert.Empty(stage.Proxy.Logs.Complaints);
    }

    private static async Task LeaveAsync(RawClient client, bool reset)
    {
        if (reset)
        {
            client.Reset();
        }
        else
        {
            await client.DisposeAsync();
        }
    }
}
