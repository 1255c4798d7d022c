using System.Globalization;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>What is tried again, when and how often: a backend counts and times the attempts.</summary>
public sealed class RetryTests
{
    private const string Early = """{ "Primer": { "After": "00:01:00" } }""";
    private const string Late = """{ "Primer": { "After": "00:00:00" } }""";

    /// <summary>Failures before the first event that another attempt may mend.</summary>
    public static TheoryData<string> Mendable =>
        ["408", "429", "500", "502", "503", "504", "529", "Reset", "ResetAfterHead", "CutInFirstEvent", "Empty", "ErrorEvent", "ErrorData"];

    [Theory]
    [MemberData(nameof(Mendable))]
    public async Task FailureBeforeTheFirstEvent_IsTriedAgain_AndTheClientSeesOnlyTheGoodAnswer(string failure)
    {
        foreach (var policy in (string[])[Early, Late])
        {
            await using var stage = await FailoverStage.StartAsync(policy, [Answers.Named(failure), Answers.Good]);
            await using var client = await stage.AskAsync();

            var (head, body) = await stage.AnswerAsync(client);

            Assert.Equal(200, head.Status);
            Assert.Equal(policy == Late ? Family.Chat.Primer + Family.Chat.Answer : Family.Chat.Answer, body);
            Assert.Equal("0 0", stage.Order);
            Assert.InRange(stage.Visits[1].At - stage.Visits[0].At, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(2));
            Assert.All(stage.Visits, static visit => Assert.Equal("""{"model":"m","stream":true}""", visit.Exchange.BodyText));
        }
    }

    [Theory]
    [InlineData("Silent")]
    [InlineData("SilentAfterHead")]
    public async Task SilentDestination_IsLeftAfterItsTime_AndNotAskedTwice(string failure)
    {
        const string Policy = """{ "Primer": { "After": "00:01:00" }, "Attempts": { "AttemptTimeout": "00:00:05" } }""";
        await using var stage = await FailoverStage.StartAsync(Policy, [Answers.Named(failure)], [Answers.Named(failure)]);
        await using var client = await stage.AskAsync();

        var (head, body) = await stage.AnswerAsync(client, by: 15);

        Assert.Equal(504, head.Status);
        var error = ErrorFields.AssertBody(Family.Chat, body, "upstream_timeout", 504, "upstream").Error;
        Assert.Equal(2, error.GetProperty("attempts").GetInt32());
        Assert.Equal([0, 1], stage.Visits.Select(static visit => visit.Backend).Order());
        Assert.InRange(stage.Visits[1].At.TotalSeconds, 5, 7);
        foreach (var visit in stage.Visits)
        {
            await visit.Exchange.Aborted;
        }
    }

    [Theory]
    [InlineData("2")]
    [InlineData("date")]
    public async Task RateLimitWithRetryAfter_NextAttemptNotBeforeThat(string form)
    {
        // The proxy's clock began at this instant.
        var retryAfter = form == "date" ? new DateTimeOffset(2026, 1, 1, 0, 0, 4, TimeSpan.Zero).ToString("R", CultureInfo.InvariantCulture) : form;
        await using var stage = await FailoverStage.StartAsync(Late, [Answers.Status(429, ("Retry-After", retryAfter)), Answers.Good]);
        await using var client = await stage.AskAsync();

        var (_, body) = await stage.AnswerAsync(client);

        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
        var wait = form == "date" ? stage.Visits[1].At : stage.Visits[1].At - stage.Visits[0].At;
        Assert.InRange(wait.TotalSeconds, form == "date" ? 4 : 2, 8);
    }

    [Fact]
    public async Task RateLimitForTooLong_IsGivenUpAtOnce_WithTheBackendsOwnAnswer()
    {
        await using var stage = await FailoverStage.StartAsync(Early, [Answers.Status(429, ("Retry-After", "31"), ("x-mine", "kept"))]);
        await using var client = await stage.AskAsync();

        var (head, body) = await stage.AnswerAsync(client, by: 1);

        Assert.Equal((429, "31", "kept", Answers.ErrorJson), (head.Status, head.Headers["Retry-After"], head.Headers["x-mine"], body));
        Assert.Single(stage.Visits);
    }

    [Fact]
    public async Task RateLimitForTooLong_GoesToTheFallbackAtOnce()
    {
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Attempts": { "Fallbacks": [ { "Cluster": "c1" } ] } }""", [Answers.Status(429, ("Retry-After", "31"))], [Answers.Good]);
        await using var client = await stage.AskAsync();

        var (_, body) = await stage.AnswerAsync(client, by: 1);

        Assert.Equal((Family.Chat.Answer, "0 1"), (body, stage.Order));
    }

    [Theory]
    [InlineData("429")]
    [InlineData("503")]
    [InlineData("Reset")]
    [InlineData("ErrorEvent")]
    public async Task FailureForEver_IsTriedMaxTimes_EachAfterABackoff_AndTheFrameSaysSo(string failure)
    {
        await using var stage = await FailoverStage.StartAsync(Late, [Answers.Named(failure)]);
        await using var client = await stage.AskAsync();

        var (_, body) = await stage.AnswerAsync(client);

        var (code, status) = failure switch
        {
            "Reset" => ("upstream_unreachable", 502),
            "ErrorEvent" => ("backend_code", 500),
            _ => ("backend_code", int.Parse(failure, CultureInfo.InvariantCulture)),
        };
        var error = Family.Chat.AssertFailure(body[Family.Chat.Primer.Length..], code, status).Error;
        Assert.Equal(3, error.GetProperty("attempts").GetInt32());
        Assert.Equal("0 0 0", stage.Order);
        Assert.All(
            stage.Visits.Zip(stage.Visits.Skip(1)),
            static pair => Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromMilliseconds(500), $"{pair.First.At} {pair.Second.At}"));
        Assert.DoesNotContain(stage.Proxy.Logs.Errors, static _ => true);
    }

    [Fact]
    public async Task FailureForEver_BeforeTheCommit_GivesTheLastAnswerAsItIs()
    {
        await using var stage = await FailoverStage.StartAsync(
            Early, [Answers.Status(500), Answers.Status(500), Answers.Status(503, """{"mine":true}""", ("x-mine", "kept"), ("Retry-After", "7"))]);
        await using var client = await stage.AskAsync();

        var (head, body) = await stage.AnswerAsync(client);

        Assert.Equal((503, "7", "kept", """{"mine":true}""", 3), (head.Status, head.Headers["Retry-After"], head.Headers["x-mine"], body, stage.Visits.Count));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip")]
    public async Task BadRequest_Encoded_GoesToTheClient_AsItIsOrAsItReads(string encoding)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync(System.Text.Encoding.UTF8.GetBytes(Answers.ErrorJson));
        }

        ReadOnlyMemory<byte> sent = encoding == "gzip" ? packed.ToArray() : "not to be read"u8.ToArray();
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Primer": { "After": "00:01:00" }, "Attempts": { "Fallbacks": [ { "Cluster": "c1" } ] } }""",
            [exchange => exchange.AnswerAsync(400, "application/json", sent, ("Content-Encoding", encoding))],
            [Answers.Good]);
        await using var client = await stage.AskAsync();

        var (head, body) = await stage.AnswerAsync(client, by: 1);

        Assert.Equal((400, "0"), (head.Status, stage.Order));
        Assert.Equal(encoding == "gzip" ? (false, Answers.ErrorJson) : (true, "not to be read"), (head.Headers.ContainsKey("Content-Encoding"), body));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(413)]
    [InlineData(422)]
    [InlineData(501)]
    public async Task StatusThatIsNotTriedAgain_GoesToTheClientAtOnce(int status)
    {
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Primer": { "After": "00:01:00" }, "Attempts": { "Fallbacks": [ { "Cluster": "c1" } ] } }""", [Answers.Status(status)], [Answers.Good]);
        await using var client = await stage.AskAsync();

        var (head, body) = await stage.AnswerAsync(client, by: 1);

        Assert.Equal((status, Answers.ErrorJson, "0"), (head.Status, body, stage.Order));
    }

    [Theory]
    [InlineData("Good")]
    [InlineData("Cut")]
    [InlineData("ErrorLater")]
    public async Task EventWasForwarded_NothingIsTriedAgain(string then)
    {
        var held = new Gate();
        await using var stage = await FailoverStage.StartAsync(Early, [async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await held.WaitAsync();
            switch (then)
            {
                case "Good":
                    await exchange.WriteAsync(Family.Chat.Terminal);
                    break;
                case "Cut":
                    exchange.Cut();
                    break;
                default:
                    await exchange.WriteAsync($"event: error\ndata: {Answers.ErrorJson}\n\n");
                    break;
            }
        }]);
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        Assert.Equal(Family.Chat.Event, await client.ReadChunkTextAsync());
        held.Open();
        await client.ReadTextAsync();

        Assert.Single(stage.Visits);
    }

    [Fact]
    public async Task WaitingInAll_IsBoundedByFirstEvent()
    {
        const string Policy = """
            { "Primer": { "After": "00:00:00" }, "Timeouts": { "FirstEvent": "00:00:06" }, "Attempts": { "Max": 20, "Backoff": "00:00:01", "MaxBackoff": "00:00:02" } }
            """;
        await using var stage = await FailoverStage.StartAsync(Policy, [Answers.Status(503)]);
        var pauses = stage.Pauses(1, 2);
        await using var client = await stage.AskAsync();

        var (_, body) = await stage.AnswerAsync(client, pauses);

        Family.Chat.AssertFailure(body[Family.Chat.Primer.Length..], "backend_code", 503);
        Assert.InRange(stage.Visits.Count, 3, 6);
        Assert.InRange(stage.Clock.Elapsed.TotalSeconds, 4, 6);
    }

    [Fact]
    public async Task RetryAfterBeyondFirstEvent_IsNotWaitedFor()
    {
        await using var stage = await FailoverStage.StartAsync(
            """{ "Primer": { "After": "00:01:00" }, "Timeouts": { "FirstEvent": "00:00:06" } }""", [Answers.Status(429, ("Retry-After", "7"))]);
        await using var client = await stage.AskAsync();

        var (head, _) = await stage.AnswerAsync(client, by: 1);

        Assert.Equal((429, 1), (head.Status, stage.Visits.Count));
    }
}
