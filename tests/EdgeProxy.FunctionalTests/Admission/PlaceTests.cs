using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Admission;

/// <summary>Every place comes back, however its stream ends; and who shares places is a matter of policy and cluster.</summary>
public sealed class PlaceTests
{
    private static readonly string OnePlace = OnePlacePolicy("00:00:02");

    private static readonly Dictionary<string, Func<BackendExchange, Task>> Endings = new()
    {
        ["whole answer"] = static exchange => exchange.StreamAsync(Family.Chat.Answer),
        ["incomplete"] = static exchange => exchange.StreamAsync(Family.Chat.Event),
        ["error status"] = static exchange => exchange.AnswerAsync(500, "text/plain", "no"),
        ["not a stream"] = static exchange => exchange.AnswerAsync(200, "application/json", "{}"),
        ["reset before headers"] = static exchange =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        },
        ["cut in the middle"] = static async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            exchange.Cut();
        },
        ["silent from the start"] = static exchange => exchange.HangAsync(),
        ["silent in the middle"] = static async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await exchange.HangAsync();
        },
    };

    public static TheoryData<string, string> Runs()
    {
        var runs = new TheoryData<string, string>();
        foreach (var ending in Endings.Keys)
        {
            runs.Add(ending, "00:00:00");
            runs.Add(ending, "00:00:30");
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task StreamEnds_OneWayOrTheOther_PlaceComesBackOnce(string ending, string primerAfter)
    {
        await using var stage = await Stage.StartAsync(OnePlacePolicy(primerAfter), Endings[ending]);
        for (var round = 0; round < 3; round++)
        {
            await using var client = await stage.AskAsync();
            var head = await stage.HeadAsync(client, by: 100);
            Assert.DoesNotContain("edge_overloaded", await stage.BodyAsync(client, by: 100), StringComparison.Ordinal);
            Assert.NotEqual(503, head.Status);
            await Places.UntilFreeAsync(stage.Proxy);
        }

        // Given back once too often, a place would let two in.
        var gate = new Gate();
        stage.Backend.Default = exchange => gate.WaitAsync(exchange.AbortedToken);
        await using var running = await stage.AskAsync();
        await gate.Reached;
        await using var refused = await stage.AskAsync();
        Assert.Equal(503, (await refused.ReadHeadAsync()).Status);
    }

    [Fact]
    public async Task FailureIsTold_PlaceIsFreeByThen()
    {
        using var dead = new DeadPort();
        await using var proxy = await ProxyHost.StartManualAsync(ProxyConfig.For(dead.Address, OnePlace));
        for (var round = 0; round < 20; round++)
        {
            await using var client = await proxy.ConnectAsync();
            await client.AskAsync("/v1/chat/completions");
            Assert.Equal(502, (await client.ReadHeadAsync()).Status);
            await client.ReadTextAsync();
            Assert.True(Places.AreFree(proxy));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientLeaves_PlaceComesBack(bool midAnswer)
    {
        await using var stage = await Stage.StartAsync(OnePlace, async exchange =>
        {
            if (midAnswer)
            {
                await exchange.StreamAsync(Family.Chat.Event);
            }

            await exchange.HangAsync();
        });
        for (var round = 0; round < 3; round++)
        {
            await using var client = await stage.AskAsync();
            await stage.Backend.NextAsync();
            if (midAnswer)
            {
                await client.ReadHeadAsync();
                await client.ReadUntilAsync(Family.Chat.Event);
            }

            client.Reset();
            await Places.UntilFreeAsync(stage.Proxy);
        }

        Assert.Empty(stage.Proxy.Logs.Complaints);
    }

    [Theory]
    [InlineData("p", "p", "one", "one", true)]
    [InlineData("p", "q", "one", "one", false)]
    [InlineData("p", "p", "one", "two", false)]
    public async Task TwoRoutes_ShareTheirPlaces_WhenPolicyAndClusterAreTheSame(string firstPolicy, string secondPolicy, string firstCluster, string secondCluster, bool shared)
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        var config = new ProxyConfig()
            .Cluster("one", backend.Http1).Cluster("two", backend.Http1)
            .Route("a", firstCluster, "/a/{**rest}", firstPolicy).Route("b", secondCluster, "/b/{**rest}", secondPolicy)
            .Policy("p", OnePlace).Policy("q", OnePlace);
        await using var proxy = await ProxyHost.StartManualAsync(config);

        await using var first = await proxy.ConnectAsync();
        await first.AskAsync("/a/v1/chat/completions");
        await backend.NextAsync();
        await using var second = await proxy.ConnectAsync();
        await second.AskAsync("/b/v1/chat/completions");

        if (shared)
        {
            Assert.Equal(503, (await second.ReadHeadAsync()).Status);
        }
        else
        {
            Assert.Equal("/b/v1/chat/completions", (await backend.NextAsync()).PathAndQuery);
        }
    }

    private static string OnePlacePolicy(string primerAfter) => $$"""
        {
          "Primer": { "After": "{{primerAfter}}" },
          "Timeouts": { "FirstEvent": "00:00:10", "Idle": "00:00:10" },
          "Admission": { "MaxConcurrentStreams": 1 },
          "Attempts": { "Max": 1 }
        }
        """;
}
