using System.Text;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>Where a request goes when its cluster has failed, and as what.</summary>
public sealed class FallbackTests
{
    private const string Body = """{ "a": [1, {"model":"inner"}], "model" : "large", "stream":true, "messages":[{"content":"\"model\":\"x\" é 😀"}] }""";

    private const string ContextLength = """{"error":{"message":"Too long.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""";
    private const string ContentPolicy = """{"error":{"message":"Refused, in the backend's words.","type":"invalid_request_error","param":null,"code":"content_policy_violation"}}""";

    [Fact]
    public async Task ClusterUsedUp_EachFallbackIsAskedInOrder_WithItsModelInPlaceOfTheRequests()
    {
        const string Policy = """
            { "Primer": { "After": "00:00:00" }, "Attempts": { "Max": 2, "Fallbacks": [ { "Cluster": "c1", "Model": "sm\"all-é" }, { "Cluster": "c2" }, { "Cluster": "c0", "Model": "x" } ] } }
            """;
        var answer = Family.Chat.Answer.Replace("\"model\":\"m\"", "\"model\":\"the-one-that-answered\"", StringComparison.Ordinal);
        await using var stage = await FailoverStage.StartClustersAsync(
            Policy,
            [Answers.Status(503), Answers.Status(503), exchange => exchange.StreamAsync(answer)],
            [Answers.Status(503)],
            [Answers.Status(503)]);
        await using var client = await stage.AskAsync(body: Body);

        var (_, body) = await stage.AnswerAsync(client);

        Assert.Equal(Family.Chat.Primer + answer, body);
        Assert.Equal("0 0 1 1 2 2 0", stage.Order);
        string[] models = ["\"large\"", "\"large\"", "\"sm\\u0022all-\\u00E9\"", "\"sm\\u0022all-\\u00E9\"", "\"large\"", "\"large\"", "\"x\""];
        foreach (var (visit, model) in stage.Visits.Zip(models))
        {
            var sent = visit.Exchange.BodyText;
            var written = model.Contains("all", StringComparison.Ordinal) ? ModelIn(sent) : model;
            Assert.Equal(Body.Replace("\"large\"", written, StringComparison.Ordinal), sent);
            Assert.Equal(Encoding.UTF8.GetByteCount(sent).ToString(System.Globalization.CultureInfo.InvariantCulture), visit.Exchange.Headers["Content-Length"]);
            using var json = System.Text.Json.JsonDocument.Parse(sent);
            Assert.Equal(System.Text.Json.JsonSerializer.Deserialize<string>(model), json.RootElement.GetProperty("model").GetString());
        }

        static string ModelIn(string sent) => System.Text.Json.JsonDocument.Parse(sent).RootElement.GetProperty("model").GetRawText();
    }

    [Fact]
    public async Task LastFallbackFailsToo_TheFrameNamesItsFailure_AndAllAttempts()
    {
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Primer": { "After": "00:00:00" }, "Attempts": { "Max": 2, "Fallbacks": [ { "Cluster": "c1" } ] } }""",
            [Answers.Status(500)],
            [Answers.Status(503), Answers.Status(504, """{"error":{"message":"last","code":"the_last"}}""")]);
        await using var client = await stage.AskAsync();

        var (_, body) = await stage.AnswerAsync(client);

        var fields = Family.Chat.AssertFailure(body[Family.Chat.Primer.Length..], "the_last", 504);
        Assert.Equal(("last", 4), (fields.Message, fields.Error.GetProperty("attempts").GetInt32()));
    }

    [Theory]
    [InlineData("Upstream")]
    [InlineData("Generic")]
    public async Task ContextTooLong_GoesStraightToTheFallback(string detail)
    {
        var policy = $$"""{ "Errors": { "Detail": "{{detail}}" }, "Primer": { "After": "00:01:00" }, "Attempts": { "Fallbacks": [ { "Cluster": "c1" } ] } }""";
        await using var stage = await FailoverStage.StartClustersAsync(policy, [Answers.Status(400, ContextLength)], [Answers.Good]);
        await using var client = await stage.AskAsync();

        var (_, body) = await stage.AnswerAsync(client, by: 1);

        Assert.Equal((Family.Chat.Answer, "0 1"), (body, stage.Order));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    public async Task ContentPolicy_GoesToTheClientInTheBackendsOwnWords(int primerAfter)
    {
        var policy = $$"""{ "Primer": { "After": "{{TimeSpan.FromSeconds(primerAfter)}}" }, "Attempts": { "Fallbacks": [ { "Cluster": "c1" } ] } }""";
        await using var stage = await FailoverStage.StartClustersAsync(policy, [Answers.Status(400, ContentPolicy, ("x-mine", "kept"))], [Answers.Good]);
        await using var client = await stage.AskAsync();

        var (head, body) = await stage.AnswerAsync(client, by: 1);

        Assert.Equal("0", stage.Order);
        if (primerAfter > 0)
        {
            Assert.Equal((400, "kept", ContentPolicy), (head.Status, head.Headers["x-mine"], body));
            return;
        }

        var fields = Family.Chat.AssertFailure(body[Family.Chat.Primer.Length..], "content_policy_violation", 400);
        Assert.Equal("Refused, in the backend's words.", fields.Message);
    }

    [Fact]
    public async Task BadRequestTooLongToBeHeld_PassesWhole()
    {
        var page = new string('x', 200_000);
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Primer": { "After": "00:01:00" }, "Attempts": { "Fallbacks": [ { "Cluster": "c1" } ] } }""", [Answers.Status(400, page)], [Answers.Good]);
        await using var client = await stage.AskAsync();

        var (head, body) = await stage.AnswerAsync(client, by: 1);

        Assert.Equal((400, page, "0"), (head.Status, body, stage.Order));
    }

    [Theory]
    [InlineData("""{"messages":[],"stream":true}""")]
    [InlineData("""{"messages":[{"model":"inner"}],"stream":true}""")]
    public async Task NoModelInTheRequest_FallbackGetsItUnchanged(string sent)
    {
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Attempts": { "Max": 1, "Fallbacks": [ { "Cluster": "c1", "Model": "small" } ] } }""", [Answers.Status(503)], [Answers.Good]);
        await using var client = await stage.AskAsync(body: sent);

        await stage.AnswerAsync(client);

        Assert.Equal([sent, sent], stage.Visits.Select(static visit => visit.Exchange.BodyText));
    }

    [Fact]
    public async Task RequestWithoutABody_IsTriedAgainToo()
    {
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Attempts": { "Max": 1, "Fallbacks": [ { "Cluster": "c1", "Model": "small" } ] } }""", [Answers.Status(503)], [Answers.Good]);
        await using var client = await stage.Proxy.ConnectAsync();
        await client.SendAsync("GET", "/v1/chat/completions?stream=true", "", default);

        var (head, body) = await stage.AnswerAsync(client);

        Assert.Equal((200, Family.Chat.Answer, "0 1"), (head.Status, body, stage.Order));
    }
}
