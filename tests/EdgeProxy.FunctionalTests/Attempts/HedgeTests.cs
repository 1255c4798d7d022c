using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>A second attempt beside a silent first one.</summary>
public sealed class HedgeTests
{
    private const string Policy = """{ "Primer": { "After": "00:01:00" }, "Attempts": { "HedgeAfter": "00:00:03" } }""";
    private const double HedgeAfter = 3;

    [Theory]
    [InlineData("Silent")]
    [InlineData("SilentAfterHead")]
    public async Task FirstIsSilent_SecondStartsElsewhere_WinsAndTheFirstIsCancelledAtOnce(string silence)
    {
        var asked = 0;
        Func<BackendExchange, Task> answer = exchange => Interlocked.Increment(ref asked) == 1 ? Answers.Named(silence)(exchange) : Answers.Good(exchange);
        await using var stage = await FailoverStage.StartAsync(Policy, [answer], [answer]);
        await using var client = await stage.AskTwiceAsync(HedgeAfter);

        var (head, body) = await FailoverStage.ReadAsync(client);

        Assert.Equal((200, Family.Chat.Answer), (head.Status, body));
        Assert.Equal([0, 1], stage.Visits.Select(static visit => visit.Backend).Order());
        Assert.Equal(HedgeAfter, stage.Visits[1].At.TotalSeconds);
        await stage.Visits[0].Exchange.Aborted;
    }

    [Fact]
    public async Task FirstAnswersAfterAll_ItWins_AndTheSecondIsCancelled()
    {
        var gate = new Gate();
        var asked = 0;
        Func<BackendExchange, Task> answer = async exchange =>
        {
            if (Interlocked.Increment(ref asked) > 1)
            {
                await exchange.HangAsync();
                return;
            }

            await exchange.SendHeadAsync();
            await gate.WaitAsync();
            await exchange.WriteAsync(Family.Chat.Answer);
        };
        await using var stage = await FailoverStage.StartAsync(Policy, [answer], [answer]);
        await using var client = await stage.AskTwiceAsync(HedgeAfter);

        gate.Open();
        var (_, body) = await FailoverStage.ReadAsync(client);

        Assert.Equal(Family.Chat.Answer, body);
        await stage.Visits[1].Exchange.Aborted;
    }

    [Fact]
    public async Task FirstFailsWhileTheSecondRuns_TheSecondIsWaitedFor()
    {
        var first = new Gate();
        var second = new Gate();
        var asked = 0;
        Func<BackendExchange, Task> answer = async exchange =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                await first.WaitAsync();
                await Answers.Status(503)(exchange);
                return;
            }

            await second.WaitAsync();
            await Answers.Good(exchange);
        };
        await using var stage = await FailoverStage.StartAsync(Policy, [answer], [answer]);
        await using var client = await stage.AskTwiceAsync(HedgeAfter);
        var head = client.ReadHeadAsync();

        first.Open();
        Assert.True(await stage.Clock.PassWithoutAsync(head, TimeSpan.FromSeconds(2)));
        second.Open();

        Assert.Equal(200, (await head).Status);
        Assert.Equal(Family.Chat.Answer, await client.ReadTextAsync());
        Assert.Equal(2, stage.Visits.Count);
    }

    [Fact]
    public async Task FirstFailsBeforeTheTime_IsARetry_NotAHedge()
    {
        await using var stage = await FailoverStage.StartAsync(Policy, [Answers.Status(503), Answers.Good]);
        var pauses = stage.Pauses(0, 2);
        await using var client = await stage.AskAsync();

        var (_, body) = await stage.AnswerAsync(client, pauses);

        Assert.Equal((Family.Chat.Answer, "0 0"), (body, stage.Order));
    }

    [Fact]
    public async Task NowhereElse_NoSecondAttempt()
    {
        await using var stage = await FailoverStage.StartAsync(Policy, [Answers.Silent]);
        await using var client = await stage.AskAsync();

        Assert.True(await stage.Clock.PassWithoutAsync(client.ReadHeadAsync(), TimeSpan.FromSeconds(10)));
        Assert.Single(stage.Visits);
    }

    [Fact]
    public async Task OneDestinationOnly_TheFallbackIsTheElsewhere()
    {
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Primer": { "After": "00:01:00" }, "Attempts": { "HedgeAfter": "00:00:03", "Fallbacks": [ { "Cluster": "c1", "Model": "small" } ] } }""",
            [Answers.Silent],
            [Answers.Good]);
        await using var client = await stage.AskTwiceAsync(HedgeAfter);

        var (_, body) = await FailoverStage.ReadAsync(client);

        Assert.Equal((Family.Chat.Answer, "0 1"), (body, stage.Order));
        Assert.Equal("""{"model":"small","stream":true}""", stage.Visits[1].Exchange.BodyText);
        await stage.Visits[0].Exchange.Aborted;
    }

    [Fact]
    public async Task ClientLeaves_BothAreCancelled()
    {
        await using var stage = await FailoverStage.StartAsync(Policy, [Answers.Silent], [Answers.SilentAfterHead]);
        var client = await stage.AskTwiceAsync(HedgeAfter);

        client.Reset();

        foreach (var visit in stage.Visits)
        {
            await visit.Exchange.Aborted;
        }
    }
}
