using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>Who is left alone after failures, for how long, and who finds out whether it is well again.</summary>
public sealed class BreakerTests
{
    private const string ToSecond = """{ "Attempts": { "Backoff": "00:00:00.010", "Fallbacks": [ { "Cluster": "c1" } ] } }""";

    [Fact]
    public async Task PrimaryAnswers503ForAMinute_IsSkippedAfterAFewFailures_AndUsedAgainWithin10sOfItsRecovery()
    {
        var isSick = true;
        await using var stage = await FailoverStage.StartClustersAsync(
            ToSecond, [exchange => Volatile.Read(ref isSick) ? Answers.Status(503)(exchange) : Answers.Good(exchange)], [Answers.Good]);

        for (var asked = 0; stage.Clock.Elapsed < TimeSpan.FromMinutes(1); asked++)
        {
            await AskAndAssertGoodAsync(stage);
            stage.Clock.Advance(TimeSpan.FromMilliseconds(500));
        }

        // Three failures in a row, then one probe every 10 s.
        var tried = stage.Visits.Where(static visit => visit.Backend == 0).ToList();
        Assert.InRange(tried.Count, 3 + 3, 3 + 6);
        Assert.All(tried.Skip(3).Zip(tried.Skip(4)), static pair => Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromSeconds(10)));

        isSick = false;
        var recovered = stage.Clock.Elapsed;
        while (stage.Visits[^1].Backend != 0)
        {
            Assert.True(stage.Clock.Elapsed - recovered <= TimeSpan.FromSeconds(11));
            stage.Clock.Advance(TimeSpan.FromMilliseconds(500));
            await AskAndAssertGoodAsync(stage);
        }

        var before = stage.Visits.Count;
        await AskAndAssertGoodAsync(stage);
        await AskAndAssertGoodAsync(stage);
        Assert.Equal([0, 0], stage.Visits.Skip(before).Select(static visit => visit.Backend));
    }

    [Fact]
    public async Task ProbeIsDue_OneRequestProbes_TheOthersGoElsewhere()
    {
        var isSick = true;
        var probe = new Gate();
        await using var stage = await FailoverStage.StartClustersAsync(
            ToSecond,
            [async exchange =>
            {
                if (Volatile.Read(ref isSick))
                {
                    await Answers.Status(503)(exchange);
                    return;
                }

                await probe.WaitAsync();
                await Answers.Good(exchange);
            }],
            [Answers.Good]);
        await AskAndAssertGoodAsync(stage);
        stage.Clock.Advance(TimeSpan.FromSeconds(11));
        isSick = false;
        var before = stage.Visits.Count(static visit => visit.Backend == 0);

        await using var probing = await stage.AskAsync();
        await Patience.UntilAsync(() => stage.Visits.Count(static visit => visit.Backend == 0) > before, "the probe");
        for (var i = 0; i < 5; i++)
        {
            await AskAndAssertGoodAsync(stage);
        }

        Assert.Equal(before + 1, stage.Visits.Count(static visit => visit.Backend == 0));
        probe.Open();
        Assert.Equal(Family.Chat.Answer, (await stage.AnswerAsync(probing)).Body);
        await AskAndAssertGoodAsync(stage);
        Assert.Equal(before + 2, stage.Visits.Count(static visit => visit.Backend == 0));
    }

    [Fact]
    public async Task ProbeLeavesEarly_TheNextRequestProbes()
    {
        var isSick = true;
        await using var stage = await FailoverStage.StartClustersAsync(
            ToSecond, [exchange => Volatile.Read(ref isSick) ? Answers.Status(503)(exchange) : Answers.Silent(exchange)], [Answers.Good]);
        await AskAndAssertGoodAsync(stage);
        stage.Clock.Advance(TimeSpan.FromSeconds(11));
        isSick = false;
        for (var expected = 4; expected < 7; expected++)
        {
            var client = await stage.AskAsync();
            await Patience.UntilAsync(() => stage.Visits.Count(static visit => visit.Backend == 0) == expected, "the probe");
            client.Reset();
            await stage.Visits.Last(static visit => visit.Backend == 0).Exchange.Aborted;
            await Patience.UntilAsync(() => stage.Proxy.Logs.Lines.Count(static line => line.Message.Contains("ClientGone", StringComparison.Ordinal)) == expected - 3, "its end");
        }
    }

    [Fact]
    public async Task OneModelFails_TheSameDestinationIsStillAskedForAnother_WhoseRejectionsNeverCount()
    {
        const string Policy = """{ "Primer": { "After": "00:01:00" }, "Attempts": { "Backoff": "00:00:00.010", "Fallbacks": [ { "Cluster": "c0", "Model": "small" } ] } }""";
        const string Refused = """{"error":{"message":"no","type":"invalid_request_error","code":"content_policy_violation"}}""";
        await using var stage = await FailoverStage.StartClustersAsync(
            Policy, [exchange => exchange.BodyText.Contains("small", StringComparison.Ordinal) ? Answers.Status(400, Refused)(exchange) : Answers.Status(503)(exchange)]);

        for (var i = 0; i < 8; i++)
        {
            await using var client = await stage.AskAsync();
            var (head, body) = await stage.AnswerAsync(client);
            Assert.Equal((400, Refused), (head.Status, body));
        }

        Assert.Equal(3, stage.Visits.Count(static visit => visit.Exchange.BodyText.Contains("\"m\"", StringComparison.Ordinal)));
        Assert.Equal(8, stage.Visits.Count(static visit => visit.Exchange.BodyText.Contains("small", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task OneOfTwoDestinationsFails_ItIsSkipped_AndAllAreAskedWhenNobodyIsLeft()
    {
        var isSick = false;
        await using var stage = await FailoverStage.StartAsync(
            """{ "Primer": { "After": "00:01:00" }, "Attempts": { "Max": 2, "Backoff": "00:00:00.010" } }""",
            [Answers.Status(503)],
            [exchange => Volatile.Read(ref isSick) ? Answers.Status(503)(exchange) : Answers.Good(exchange)]);

        for (var i = 0; i < 20; i++)
        {
            await AskAndAssertGoodAsync(stage);
        }

        Assert.Equal(3, stage.Visits.Count(static visit => visit.Backend == 0));

        isSick = true;
        for (var i = 0; i < 4; i++)
        {
            var before = stage.Visits.Count;
            await using var client = await stage.AskAsync();
            Assert.Equal(503, (await stage.AnswerAsync(client)).Head.Status);
            Assert.True(stage.Visits.Count > before, "Somebody is asked, however sick all are.");
        }
    }

    private static async Task AskAndAssertGoodAsync(FailoverStage stage)
    {
        await using var client = await stage.AskAsync();
        var (_, body) = await stage.AnswerAsync(client, by: stage.Clock.Elapsed.TotalSeconds + 30);
        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
    }
}
