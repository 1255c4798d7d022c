using System.Globalization;
using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Admission;

/// <summary>A full queue is a real 503 that SDKs retry, whatever the primer's delay; nothing reaches the backend.</summary>
public sealed class FullQueueTests
{
    private const string Both = "Accept: application/json, text/event-stream\r\n";
    private const string SmallPeek = """ "Limits": { "MaxInspectedBodyBytes": 100 } """;

    public static TheoryData<string, string> Runs()
    {
        var runs = new TheoryData<string, string>();
        foreach (var family in Family.All)
        {
            runs.Add(family.Name, "00:00:00");
            runs.Add(family.Name, "00:00:02");
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task FullQueue_IsA503WithRetryAfterAndTheDialectsBody(string familyName, string primerAfter)
    {
        var family = Family.Named(familyName);
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1, $$""" "Primer": { "After": "{{primerAfter}}" } """);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.QueuedAsync("second", 1);

        await using var third = await hall.AskAsync("third", family.Path);
        AssertRefusal(family, await third.ReadHeadAsync(), await third.ReadTextAsync());
        Assert.Equal(1, hall.Queued);
        Assert.Equal(["first"], hall.Asked);
    }

    [Fact]
    public async Task NoQueue_WhoFindsNoPlaceIsRefused_AndServedOnTheSameConnectionWhenThereIsOne()
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 0);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.AskAsync("second");
        AssertRefusal(Family.Chat, await second.ReadHeadAsync(), await second.ReadTextAsync());

        hall.Answer("first");
        await first.ReadTextAsync();
        await Places.UntilFreeAsync(hall.Proxy);
        hall.Answer("again");
        await second.AskAsync("/v1/chat/completions", "x-name: again\r\n");
        Assert.Equal(200, (await second.ReadHeadAsync()).Status);
        Assert.EndsWith(Family.Chat.Answer, await second.ReadTextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ClientProtocol.Http2Tls)]
    [InlineData(ClientProtocol.H2c)]
    public async Task FullQueue_OverHttp2_Is503Too(ClientProtocol protocol)
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 0);
        await using var first = await hall.RunningAsync("first");
        using var client = hall.Proxy.CreateClient(protocol);
        using var request = hall.Proxy.Post(protocol, "/v1/chat/completions");
        using var answer = await client.SendAsync(request, Patience.Token());

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter?.Delta);
        ErrorFields.AssertBody(Family.Chat, await answer.Content.ReadAsStringAsync(Patience.Token()), "edge_overloaded", 503, "edge");
    }

    [Theory]
    [InlineData("decided by the answer", Both, """{"jsonrpc":"2.0","id":1,"method":"tools/call"}""", "{}")]
    [InlineData("decided late, a stream", "", """{"pad":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","stream":true}""", SmallPeek)]
    [InlineData("decided late, none", "", """{"pad":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","stream":false}""", SmallPeek)]
    public async Task WhoMayBeAStream_TakesAPlaceToo(string kind, string headers, string body, string more)
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 0, more.Trim('{', '}'));
        await using (var maybe = await hall.AskAsync("maybe", headers: headers, body: body))
        {
            await hall.UntilAskedAsync("maybe");
            await using var refused = await hall.AskAsync("refused");
            Assert.True((await refused.ReadHeadAsync()).Status == 503, kind);
        }

        await Places.UntilFreeAsync(hall.Proxy);
        await using var first = await hall.RunningAsync("first");
        await using var late = await hall.AskAsync("late", headers: headers, body: body);
        AssertRefusal(Family.Chat, await late.ReadHeadAsync(), await late.ReadTextAsync());
    }

    [Fact]
    public async Task PlainRequests_TakeNoPlaceAndNeedNone()
    {
        const string Plain = """{"model":"m","stream":false}""";
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 0);
        await using var plain = await hall.AskAsync("plain", body: Plain);
        await hall.UntilAskedAsync("plain");
        await using var first = await hall.RunningAsync("first");
        hall.Answer("another");
        await using var another = await hall.AskAsync("another", body: Plain);
        Assert.Equal(200, (await another.ReadHeadAsync()).Status);
    }

    /// <summary>Checks a refusal as an SDK reads it.</summary>
    internal static void AssertRefusal(Family family, RawHead head, string body)
    {
        Assert.Equal((503, "application/json"), (head.Status, head["Content-Type"]));
        Assert.InRange(int.Parse(head["Retry-After"]!, CultureInfo.InvariantCulture), 1, 59);
        Assert.Equal($"{Encoding.UTF8.GetByteCount(body)}", head["Content-Length"]);
        Assert.NotEmpty(head["x-request-id"]!);
        ErrorFields.AssertBody(family, body, "edge_overloaded", 503, "edge");
    }
}
