using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>Plain requests that are tried again before their first response byte.</summary>
public sealed class NonStreamingTests
{
    private const string On = """{ "Attempts": { "NonStreaming": true, "AttemptTimeout": "00:00:05", "Fallbacks": [ { "Cluster": "c1", "Model": "small" } ] } }""";
    private const string Body = """{"model":"m","stream":false}""";
    private const string Answer = """{"id":"c","object":"chat.completion","choices":[]}""";

    [Theory]
    [InlineData("503")]
    [InlineData("429")]
    [InlineData("Reset")]
    public async Task Failure_IsTriedAgain(string failure)
    {
        await using var stage = await FailoverStage.StartClustersAsync(On, [Answers.Named(failure), Whole], [Whole]);
        await using var client = await stage.AskAsync(body: Body);

        var (head, body) = await stage.AnswerAsync(client, by: 4);

        Assert.Equal((200, "application/json", "yes", Answer), (head.Status, head.Headers["Content-Type"], head.Headers["x-mine"], body));
        Assert.Equal("0 0", stage.Order);
    }

    [Fact]
    public async Task SilentDestination_IsLeftForTheFallback_WhichGetsItsModel()
    {
        await using var stage = await FailoverStage.StartClustersAsync(On, [Answers.Silent], [Whole]);
        await using var client = await stage.AskAsync(body: Body);

        var (head, body) = await stage.AnswerAsync(client, by: 7);

        Assert.Equal((200, Answer, "0 1"), (head.Status, body, stage.Order));
        Assert.Equal("""{"model":"small","stream":false}""", stage.Visits[1].Exchange.BodyText);
    }

    [Fact]
    public async Task LastFailure_IsTheBackendsOwnAnswer()
    {
        await using var stage = await FailoverStage.StartClustersAsync(On, [Answers.Status(503)], [Answers.Status(502, """{"mine":1}""", ("x-mine", "yes"))]);
        await using var client = await stage.AskAsync(body: Body);

        var (head, body) = await stage.AnswerAsync(client);

        Assert.Equal((502, "yes", """{"mine":1}"""), (head.Status, head.Headers["x-mine"], body));
        Assert.Equal("0 0 0 1 1 1", stage.Order);
    }

    [Fact]
    public async Task NothingIsEverWrittenBeforeTheAnswer()
    {
        var gate = new Gate();
        await using var stage = await FailoverStage.StartClustersAsync(
            """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:00:01" }, "Attempts": { "NonStreaming": true } }""",
            [async exchange =>
            {
                await gate.WaitAsync();
                await Whole(exchange);
            }]);
        await using var client = await stage.AskAsync(body: Body);
        var head = client.ReadHeadAsync();

        Assert.True(await stage.Clock.PassWithoutAsync(head, TimeSpan.FromSeconds(20)));
        gate.Open();

        Assert.Equal("application/json", (await head).Headers["Content-Type"]);
        Assert.Equal(Answer, await client.ReadTextAsync());
    }

    [Fact]
    public async Task AnswerThatBegan_IsNotTriedAgain_AndItsBreakIsSeen()
    {
        var read = new Gate();
        await using var stage = await FailoverStage.StartClustersAsync(On, [async exchange =>
        {
            exchange.SetHead(200, "application/json");
            await exchange.WriteAsync(Answer[..10]);
            await read.WaitAsync();
            exchange.Cut();
        }], [Whole]);
        await using var client = await stage.AskAsync(body: Body);

        await client.ReadHeadAsync();
        Assert.Equal(Answer[..10], await client.ReadChunkTextAsync());
        read.Open();
        await Assert.ThrowsAsync<RawConnectionException>(client.ReadTextAsync);
        Assert.Equal("0", stage.Order);
    }

    [Fact]
    public async Task OffByDefault()
    {
        await using var stage = await FailoverStage.StartClustersAsync("{}", [Answers.Status(503), Whole]);
        await using var client = await stage.AskAsync(body: Body);

        Assert.Equal((503, 1), ((await stage.AnswerAsync(client)).Head.Status, stage.Visits.Count));
    }

    private static Task Whole(BackendExchange exchange) => exchange.AnswerAsync(200, "application/json", Answer, ("x-mine", "yes"));
}
