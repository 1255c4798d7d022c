using EdgeProxy.FunctionalTests.Admission;
using EdgeProxy.FunctionalTests.Attempts;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Configuration;

/// <summary>The configuration changes while streams wait, pause between attempts, hedge or drain.</summary>
public sealed class ReloadUnderStreamsTests
{
    private const string Fallbacks = """ "Fallbacks": [ { "Cluster": "c1" }, { "Cluster": "c2", "Model": "small" } ] """;
    private const string BackingOff = $$"""{ "Primer": { "After": "00:00:00" }, "Attempts": { "Max": 2, "Backoff": "00:00:30", "MaxBackoff": "00:00:30", {{Fallbacks}} } }""";
    private const string Hedging = $$"""{ "Primer": { "After": "00:00:00" }, "Attempts": { "HedgeAfter": "00:00:30", {{Fallbacks}} } }""";

    private static readonly Uri Nowhere = new("http://127.0.0.1:1");

    [Fact]
    public async Task InBackoff_ARemovedFallback_IsPassedOver()
    {
        await using var stage = await FailoverStage.StartClustersAsync(BackingOff, [Answers.Status(503)], [Answers.Good], [Answers.Good]);
        await using var client = await stage.AskAsync();
        await UntilAskedAsync(stage, 1);

        stage.Proxy.Reload(Without(stage, 1));
        var (_, body) = await stage.AnswerAsync(client);

        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
        Assert.Equal("0 0 2", stage.Order);
        Assert.Contains("\"small\"", stage.Visits[2].Exchange.BodyText, StringComparison.Ordinal);
        Assert.Empty(stage.Proxy.Logs.Errors);
    }

    [Fact]
    public async Task InBackoff_AllFallbacksRemoved_TheFailureGoesToTheClient()
    {
        await using var stage = await FailoverStage.StartClustersAsync(BackingOff, [Answers.Status(503)], [Answers.Good], [Answers.Good]);
        await using var client = await stage.AskAsync();
        await UntilAskedAsync(stage, 1);

        stage.Proxy.Reload(Without(stage, 1, 2));
        var (_, body) = await stage.AnswerAsync(client);

        Assert.Contains("backend_code", body, StringComparison.Ordinal);
        Assert.EndsWith(Family.Done, body, StringComparison.Ordinal);
        Assert.Equal("0 0", stage.Order);
        Assert.Empty(stage.Proxy.Logs.Errors);
    }

    [Fact]
    public async Task InBackoff_AFallbackRemovedAndBackWithAnotherAddress_IsAskedThere()
    {
        await using var stage = await FailoverStage.StartClustersAsync(BackingOff, [Answers.Status(503)], [Answers.Good], [Answers.Good]);
        await using var client = await stage.AskAsync();
        await UntilAskedAsync(stage, 1);

        stage.Proxy.Reload(Without(stage, 1));
        stage.Proxy.Reload(Without(stage, 1).Cluster("c1", Address(stage, 2)));
        var (_, body) = await stage.AnswerAsync(client);

        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
        Assert.Equal("0 0 2", stage.Order);
        Assert.DoesNotContain("\"small\"", stage.Visits[2].Exchange.BodyText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InBackoff_TheDestinationMoves_TheNextAttemptGoesThere()
    {
        await using var stage = await FailoverStage.StartClustersAsync(BackingOff, [Answers.Status(503)], [Answers.Good], [Answers.Good]);
        await using var client = await stage.AskAsync();
        await UntilAskedAsync(stage, 1);

        stage.Proxy.Reload(Without(stage, 1).Cluster("c0", Address(stage, 1)));
        var (_, body) = await stage.AnswerAsync(client);

        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
        Assert.Equal("0 1", stage.Order);
    }

    [Fact]
    public async Task InBackoff_RouteAndClusterRemoved_TheStreamGoesOnWithThem()
    {
        await using var stage = await FailoverStage.StartClustersAsync(BackingOff, [Answers.Status(503), Answers.Good], [Answers.Good], [Answers.Good]);
        await using var client = await stage.AskAsync();
        await UntilAskedAsync(stage, 1);

        stage.Proxy.Reload(new ProxyConfig().Cluster("other", Nowhere).Route("other", "other", "/other"));
        var (_, body) = await stage.AnswerAsync(client);

        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
        Assert.Equal("0 0", stage.Order);
        Assert.Empty(stage.Proxy.Logs.Errors);
    }

    [Fact]
    public async Task BeforeTheHedge_ARemovedFallback_IsPassedOver()
    {
        await using var stage = await FailoverStage.StartClustersAsync(Hedging, [Answers.Silent], [Answers.Good], [Answers.Good]);
        await using var client = await stage.AskAsync();
        await UntilAskedAsync(stage, 1);

        stage.Proxy.Reload(Without(stage, 1));
        var (_, body) = await stage.AnswerAsync(client);

        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
        Assert.Equal("0 2", stage.Order);
    }

    [Fact]
    public async Task WhileBothOfAHedgeRun_TheirClustersAreRemoved_TheFasterStillWins()
    {
        var gate = new Gate();
        await using var stage = await FailoverStage.StartClustersAsync(
            Hedging,
            [Answers.Silent],
            [
                async exchange =>
                {
                    await gate.WaitAsync();
                    await Answers.Good(exchange);
                },
            ],
            [Answers.Good]);
        await using var client = await stage.AskAsync();
        await stage.Clock.AdvanceUntilAsync(UntilAskedAsync(stage, 2), TimeSpan.FromSeconds(40));

        stage.Proxy.Reload(new ProxyConfig().Cluster("other", Nowhere).Route("other", "other", "/other"));
        gate.Open();
        var (_, body) = await stage.AnswerAsync(client);

        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
        Assert.Equal("0 1", stage.Order);
        await stage.Visits[0].Exchange.Aborted;
        Assert.Empty(stage.Proxy.Logs.Errors);
    }

    [Fact]
    public async Task InTheQueue_RouteClusterAndPolicyRemoved_ThoseWhoWaitGetTheirTurn()
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 5);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.QueuedAsync("second", 1);
        await using var third = await hall.QueuedAsync("third", 2);

        hall.Proxy.Reload(new ProxyConfig().Cluster("other", Nowhere).Route("other", "other", "/other", "other").Policy("other", "{}"));
        hall.Proxy.Refuse("{");
        Assert.Equal(2, hall.Queued);
        foreach (var (name, client) in new[] { ("first", first), ("second", second), ("third", third) })
        {
            await hall.UntilAskedAsync(name);
            hall.Answer(name);
            Assert.EndsWith(Family.Chat.Answer, await client.ReadTextAsync(), StringComparison.Ordinal);
        }

        await Places.UntilFreeAsync(hall.Proxy);
    }

    [Fact]
    public async Task WhileDraining_ReloadsCutNothing()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await gate.WaitAsync();
            await exchange.WriteAsync(Family.Chat.Event + Family.Chat.Terminal);
        });
        await using var client = await stage.AskAsync();
        await client.ReadHeadAsync();
        await client.ReadUntilAsync(Family.Chat.Event);
        stage.Proxy.BeginStop();

        stage.Proxy.Reload(new ProxyConfig().Cluster("other", Nowhere).Route("other", "other", "/other"));
        stage.Proxy.Refuse("{");
        var stopped = stage.Proxy.DrainAsync();
        gate.Open();

        Assert.Equal(Family.Chat.Event + Family.Chat.Terminal + Family.Done, await stage.BodyAsync(client));
        await stage.Clock.AdvanceUntilAsync(stopped, TimeSpan.FromMinutes(1));
    }

    /// <summary>The clusters of the stage but these, with the same route and a policy that names those that are left.</summary>
    private static ProxyConfig Without(FailoverStage stage, params int[] gone)
    {
        var config = new ProxyConfig().Route("all", "c0");
        foreach (var index in Enumerable.Range(0, 3).Where(index => !gone.Contains(index) && index < stage.Addresses.Count))
        {
            config.Cluster($"c{index}", Address(stage, index));
        }

        return config;
    }

    private static Uri Address(FailoverStage stage, int index) => stage.Addresses[index];

    private static Task UntilAskedAsync(FailoverStage stage, int times) => Patience.UntilAsync(() => stage.Visits.Count == times, $"{times} attempts");
}
