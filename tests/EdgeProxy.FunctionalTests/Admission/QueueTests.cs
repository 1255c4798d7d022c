using EdgeProxy.Protocol;
using EdgeProxy.Streaming;
using EdgeProxy.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.FunctionalTests.Admission;

/// <summary>Who waits for a place is a stream like any other: opened, kept alive, served in order, and told when it waited for nothing.</summary>
public sealed class QueueTests
{
    private const string LatePrimer = """ "Primer": { "After": "00:00:30" } """;

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task Queued_GetsPrimerAndKeepAlives_ThenItsTurn(string familyName)
    {
        var family = Family.Named(familyName);
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1, family: family);
        await using var first = await hall.RunningAsync("first", family.Path);
        await using var second = await hall.QueuedAsync("second", 1, family.Path);

        Assert.Equal(200, (await second.ReadHeadAsync()).Status);
        Assert.Equal(family.Primer, await second.ReadChunkTextAsync());
        for (var beat = 1; beat <= 3; beat++)
        {
            Assert.Equal(family.KeepAlive, await hall.Stage.ChunkAsync(second, by: hall.Stage.Clock.Elapsed.TotalSeconds + 4));
            hall.Stage.AssertNotBefore(2 * beat);
        }

        Assert.Equal(["first"], hall.Asked);
        hall.Answer("first");
        hall.Answer("second");
        Assert.EndsWith(family.Answer, await first.ReadTextAsync(), StringComparison.Ordinal);

        // On a busy machine the clock may have gone past one keep-alive more before its bytes were read.
        var rest = await second.ReadTextAsync();
        while (rest.StartsWith(family.KeepAlive, StringComparison.Ordinal))
        {
            rest = rest[family.KeepAlive.Length..];
        }

        Assert.Equal(family.Answer, rest);
        Assert.Equal(0, hall.Queued);
        Assert.Empty(hall.Proxy.Logs.Complaints);
    }

    [Fact]
    public async Task Queued_PrimerWaitsForItsDelay()
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1, """ "Primer": { "After": "00:00:03" } """);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.QueuedAsync("second", 1);

        Assert.Equal(200, (await hall.Stage.HeadAsync(second, by: 5)).Status);
        hall.Stage.AssertNotBefore(3);
        Assert.Equal(Family.Chat.Primer, await second.ReadChunkTextAsync());
        Assert.Equal(1, hall.Queued);
    }

    [Fact]
    public async Task TurnComesBeforeTheCommit_BackendsOwnStatusPasses()
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1, LatePrimer);
        await using var first = await hall.RunningAsync("first");
        hall.Stage.Backend.Enqueue(static exchange => exchange.AnswerAsync(429, "application/json", """{"error":{"message":"slow down"}}""", ("Retry-After", "7")));
        await using var second = await hall.QueuedAsync("second", 1);

        hall.Answer("first");
        var head = await second.ReadHeadAsync();
        Assert.Equal((429, "7"), (head.Status, head["Retry-After"]));
    }

    [Fact]
    public async Task Queue_IsServedInOrder()
    {
        string[] names = ["a", "b", "c", "d", "e"];
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 10);
        var clients = new List<RawClient> { await hall.RunningAsync("first") };
        foreach (var name in names)
        {
            clients.Add(await hall.QueuedAsync(name, clients.Count));
        }

        foreach (var (name, next) in names.Prepend("first").Zip(names))
        {
            hall.Answer(name);
            await hall.UntilAskedAsync(next);
        }

        hall.Answer("e");
        foreach (var client in clients)
        {
            Assert.Equal(Family.Chat.Primer + Family.Chat.Answer, await client.ReadTextAsync());
            await client.DisposeAsync();
        }

        Assert.Equal(["first", .. names], hall.Asked);
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task QueueTimeout_AfterTheCommit_IsTheDialectsErrorFrame(string familyName)
    {
        var family = Family.Named(familyName);
        await using var hall = await Hall.OpenAsync(
            limit: 1, queue: 1, """ "Admission": { "MaxConcurrentStreams": 1, "QueueLimit": 1, "QueueTimeout": "00:00:03" }, "KeepAlive": { "Frame": "None" } """);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.QueuedAsync("second", 1, family.Path);

        await second.ReadHeadAsync();
        var body = await hall.Stage.BodyAsync(second, by: 5);
        hall.Stage.AssertNotBefore(3);
        Assert.StartsWith(family.Primer, body, StringComparison.Ordinal);
        family.AssertFailure(body[family.Primer.Length..], "edge_overloaded", 503, "edge");
        await using var third = await hall.QueuedAsync("third", 1);
        Assert.Equal(["first"], hall.Asked);
    }

    [Fact]
    public async Task QueueTimeout_BeforeTheCommit_IsA503WithRetryAfter()
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1, """ "Admission": { "MaxConcurrentStreams": 1, "QueueLimit": 1, "QueueTimeout": "00:00:03" }, """ + LatePrimer);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.QueuedAsync("second", 1);

        FullQueueTests.AssertRefusal(Family.Chat, await hall.Stage.HeadAsync(second, by: 5), await second.ReadTextAsync());
        hall.Stage.AssertNotBefore(3);
    }

    [Fact]
    public async Task FirstEventTimeout_PassesInTheQueue_BlamesNoBackend()
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1, """ "Timeouts": { "FirstEvent": "00:00:03" }, "KeepAlive": { "Frame": "None" } """);
        await using var first = await hall.RunningWithAnEventAsync("first");
        await using var second = await hall.QueuedAsync("second", 1);

        await second.ReadHeadAsync();
        var body = await hall.Stage.BodyAsync(second, by: 5);
        hall.Stage.AssertNotBefore(3);
        Family.Chat.AssertFailure(body[Family.Chat.Primer.Length..], "edge_overloaded", 503, "edge");
        Assert.Equal(["first"], hall.Asked);
        Assert.Equal(0, hall.Queued);
    }

    [Fact]
    public async Task TotalTimeout_CountsTheQueueToo()
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1, """ "Timeouts": { "Total": "00:00:03" }, "KeepAlive": { "Frame": "None" } """);
        await using var first = await hall.RunningWithAnEventAsync("first");
        await using var second = await hall.QueuedAsync("second", 1);

        await second.ReadHeadAsync();
        var body = await hall.Stage.BodyAsync(second, by: 5);
        hall.Stage.AssertNotBefore(3);
        Family.Chat.AssertFailure(body[Family.Chat.Primer.Length..], "stream_too_long", 504, "edge");
    }

    [Fact]
    public async Task InstanceDrains_QueuedIsToldSo()
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.QueuedAsync("second", 1);

        hall.Proxy.Services.GetRequiredService<StreamRegistry>().Close(StreamFailure.Draining());
        var body = await second.ReadTextAsync();
        Family.Chat.AssertFailure(body[Family.Chat.Primer.Length..], "edge_draining", 503, "edge");
        Assert.Equal(["first"], hall.Asked);
    }

    [Theory]
    [InlineData(false, "00:00:00")]
    [InlineData(true, "00:00:00")]
    [InlineData(false, "00:00:30")]
    [InlineData(true, "00:00:30")]
    public async Task ClientLeavesTheQueue_FreesItsPlaceAtOnce_AndIsNeverAskedFor(bool reset, string primerAfter)
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 2, $$""" "Primer": { "After": "{{primerAfter}}" } """);
        await using var first = await hall.RunningAsync("first");
        await using var leaver = await hall.QueuedAsync("leaver", 1);
        await using var second = await hall.QueuedAsync("second", 2);

        if (reset)
        {
            leaver.Reset();
        }
        else
        {
            await leaver.DisposeAsync();
        }

        await hall.UntilQueuedAsync(1);
        await using var third = await hall.QueuedAsync("third", 2);
        hall.Answer("first");
        await hall.UntilAskedAsync("second");
        hall.Answer("second");
        await hall.UntilAskedAsync("third");
        Assert.Equal(["first", "second", "third"], hall.Asked);
        Assert.Empty(hall.Proxy.Logs.Complaints);
    }

    [Theory]
    [InlineData(ClientProtocol.Http2Tls)]
    [InlineData(ClientProtocol.H2c)]
    public async Task ClientCancelsInTheQueueOverHttp2_FreesItsPlace(ClientProtocol protocol)
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1);
        await using var first = await hall.RunningAsync("first");
        using var client = hall.Proxy.CreateClient(protocol);
        using var request = hall.Proxy.Post(protocol, "/v1/chat/completions");
        request.Headers.Add("x-name", "leaver");
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
        await hall.UntilQueuedAsync(1);

        answer.Dispose();
        await hall.UntilQueuedAsync(0);
        await using var second = await hall.QueuedAsync("second", 1);
    }
}
