using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>How long an upstream may take. Only events count: what is not an event proves nothing.</summary>
public sealed class TimeoutTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);

    [Theory]
    [InlineData(": ping\n\n")]
    [InlineData(": ping\n")]
    [InlineData("\n\n")]
    [InlineData("id: 1\n\n")]
    [InlineData("retry: 100\n\n")]
    [InlineData("event: ping\n\n")]
    public async Task FirstEvent_UpstreamSendsOnlyWhatIsNoEvent_TimesOut(string noise)
    {
        await using var stage = await NoisyStageAsync("", noise);
        await using var client = await stage.AskAsync();

        await stage.HeadAsync(client, by: 3);
        var body = await stage.BodyAsync(client, by: 11);
        stage.AssertNotBefore(10);
        Assert.Contains("\"upstream_timeout\"", body, StringComparison.Ordinal);
        await (await stage.Backend.NextAsync()).Aborted;
    }

    [Theory]
    [InlineData(": ping\n\n")]
    [InlineData(": ping\n")]
    public async Task Idle_UpstreamSendsOnlyComments_Stalls_ThoughTheyPass(string noise)
    {
        await using var stage = await NoisyStageAsync(Family.Chat.Event, noise);
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        var body = await stage.BodyAsync(client, by: 6);
        stage.AssertNotBefore(5);
        Assert.StartsWith(Family.Chat.Event + noise, body, StringComparison.Ordinal);
        Assert.Contains("\"upstream_stalled\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Idle_EachEventInTime_NeverStalls()
    {
        var gates = Enumerable.Range(0, 4).Select(static _ => new Gate()).ToArray();
        await using var stage = await Stage.StartAsync("""{ "KeepAlive": { "Frame": "None" }, "Timeouts": { "FirstEvent": "00:00:10", "Idle": "00:00:05" } }""", async exchange =>
        {
            exchange.SetHead();
            foreach (var gate in gates)
            {
                await exchange.WriteAsync(Family.Chat.Event);
                await gate.WaitAsync();
            }

            await exchange.WriteAsync(Family.Done);
        });
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        var next = client.ReadChunkTextAsync();
        foreach (var gate in gates)
        {
            Assert.Equal(Family.Chat.Event, await next);
            next = client.ReadChunkTextAsync();
            Assert.True(await stage.Clock.PassWithoutAsync(next, TimeSpan.FromSeconds(4)));
            gate.Open();
        }

        Assert.Equal(Family.Done, await next);
    }

    [Fact]
    public async Task Total_Passed_EndsEvenALivelyStream()
    {
        await using var stage = await NoisyStageAsync(Family.Chat.Event, Family.Chat.Event, """ "Total": "00:00:12" """);
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        var body = await stage.BodyAsync(client, by: 13);
        stage.AssertNotBefore(12);
        Family.Chat.AssertFailure(body[(body.LastIndexOf(Family.Chat.Event, StringComparison.Ordinal) + Family.Chat.Event.Length)..], "stream_too_long", 504, "edge");
        await (await stage.Backend.NextAsync()).Aborted;
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task Total_EachDialect_BringsItsErrorFrame(string familyName)
    {
        var family = Family.Named(familyName);
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" }, "Timeouts": { "Total": "00:00:03" } }""", static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync(family.Path);

        await client.ReadHeadAsync();
        var body = await stage.BodyAsync(client, by: 4);
        stage.AssertNotBefore(3);
        family.AssertFailure(body[family.Primer.Length..], "stream_too_long", 504, "edge");
    }

    [Fact]
    public async Task Total_BeforeTheCommit_IsA504()
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:20" }, "Timeouts": { "Total": "00:00:03" } }""", static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync();

        Assert.Equal(504, (await stage.HeadAsync(client, by: 4)).Status);
        ErrorFields.AssertBody(Family.Chat, await client.ReadTextAsync(), "stream_too_long", 504, "edge");
    }

    [Fact]
    public async Task FirstEvent_OurOwnKeepAlives_DoNotPutItOff()
    {
        await using var stage = await Stage.StartAsync(
            """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:00:01" }, "Timeouts": { "FirstEvent": "00:00:06" } }""", static exchange => exchange.HangAsync());
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        var body = await stage.BodyAsync(client, by: 7);
        stage.AssertNotBefore(6);
        Assert.InRange(body.Split(": keep-alive\n\n").Length - 1, 2, 6);
        Assert.Contains("\"upstream_timeout\"", body, StringComparison.Ordinal);
    }

    /// <summary>A backend that answers at once and then says the same thing twice a second, for ever.</summary>
    private static async Task<Stage> NoisyStageAsync(string first, string noise, string timeouts = """ "FirstEvent": "00:00:10", "Idle": "00:00:05" """)
    {
        Stage? stage = null;
        return stage = await Stage.StartAsync($$"""{ "Timeouts": { {{timeouts}} } }""", async exchange =>
        {
            exchange.SetHead();
            await exchange.WriteAsync(first + noise);
            while (true)
            {
                await Task.Delay(Beat, stage!.Clock, exchange.AbortedToken);
                await exchange.WriteAsync(noise);
            }
        });
    }
}
