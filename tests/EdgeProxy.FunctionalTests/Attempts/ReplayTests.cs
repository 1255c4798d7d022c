using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>Bodies that are sent more than once, and those that are not.</summary>
public sealed class ReplayTests
{
    /// <summary>(the body's length; how it is sent).</summary>
    public static TheoryData<int, bool> Lengths => new() { { 100, false }, { 100, true }, { 300_000, false }, { 300_000, true } };

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task BodyWithinTheLimit_IsSentWholeEachTime(int length, bool chunked)
    {
        var sent = BodyOf(length);
        await using var stage = await FailoverStage.StartAsync("{}", [Answers.Status(503), Answers.Reset, Answers.Good]);
        await using var client = await AskAsync(stage, sent, chunked);

        var (_, body) = await stage.AnswerAsync(client);

        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
        Assert.Equal(3, stage.Visits.Count);
        Assert.All(stage.Visits, visit => Assert.Equal(sent, visit.Exchange.BodyText));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BodyOverTheLimit_IsSentOnce_AndTheLogSaysWhy(bool chunked)
    {
        var sent = BodyOf(20_000);
        await using var stage = await FailoverStage.StartAsync(
            """{ "Primer": { "After": "00:01:00" }, "Attempts": { "ReplayBufferBytes": 10000 } }""", [Answers.Status(503), Answers.Good]);
        using var attempts = new AttemptCounts(stage.Proxy);
        await using var client = await AskAsync(stage, sent, chunked);

        var (head, body) = await stage.AnswerAsync(client, by: 1);

        Assert.Equal((503, Answers.ErrorJson), (head.Status, body));
        Assert.Equal(sent, Assert.Single(stage.Visits).Exchange.BodyText);
        await Patience.UntilAsync(() => stage.Proxy.Logs.Lines.Any(static line => line.Event.Name == "StreamFinished"), "the stream's line");
        Assert.Contains(
            "attempts 1, stopped by body_not_replayable",
            stage.Proxy.Logs.Lines.Single(static line => line.Event.Name == "StreamFinished").Message,
            StringComparison.Ordinal);
        Assert.Equal(["all main status body_not_replayable"], attempts.Seen);
    }

    [Fact]
    public async Task EachAttempt_IsCounted_WithWhatFollowedIt()
    {
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Attempts": { "Max": 2, "Fallbacks": [ { "Cluster": "c1" } ] } }""", [Answers.Status(503), Answers.Reset], [Answers.Good]);
        using var attempts = new AttemptCounts(stage.Proxy);
        await using var client = await stage.AskAsync();

        await stage.AnswerAsync(client);

        await Patience.UntilAsync(() => attempts.Seen.Count == 3, "the counts");
        Assert.Equal(["all c0 status retryable", "all c0 unreachable attempts_used_up", "all c1 ok none"], attempts.Seen);
    }

    [Fact]
    public async Task BodyStillComing_WhenTheFirstAttemptFails_ReachesTheSecondWhole()
    {
        await using var stage = await FailoverStage.StartAsync("""{ "Detect": "Always" }""", [Answers.Reset, Answers.Good]);
        await using var client = await stage.Proxy.ConnectAsync();
        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n");
        await client.SendAsync("{\"a");
        await client.SendAsync("\":1");
        await client.SendAsync("}"u8.ToArray());

        var (_, body) = await stage.AnswerAsync(client);

        Assert.EndsWith(Family.Chat.Answer, body, StringComparison.Ordinal);
        Assert.All(stage.Visits, static visit => Assert.Equal("{\"a\":1", visit.Exchange.BodyText));
    }

    private static string BodyOf(int length)
    {
        const string Frame = """{"model":"m","stream":true,"text":""}""";
        return Frame.Replace("\"\"}", "\"" + new string('x', length - Frame.Length) + "\"}", StringComparison.Ordinal);
    }

    private static async Task<RawClient> AskAsync(FailoverStage stage, string body, bool chunked)
    {
        if (!chunked)
        {
            return await stage.AskAsync(body: body);
        }

        var client = await stage.Proxy.ConnectAsync();
        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        foreach (var piece in body.Chunk(7001))
        {
            await client.SendAsync($"{Encoding.UTF8.GetByteCount(piece):x}\r\n{new string(piece)}\r\n");
        }

        await client.SendAsync("0\r\n\r\n");
        return client;
    }
}
