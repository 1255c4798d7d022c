using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Admission;

/// <summary>The limits change under running and waiting streams.</summary>
public sealed class AdmissionReloadTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(null)]
    public async Task LimitRaised_ThoseWhoWaitGoOn_ThoughNobodyNewComes(int? limit)
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 5);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.QueuedAsync("second", 1);
        await using var third = await hall.QueuedAsync("third", 2);

        await ReloadAsync(hall, limit, queue: 5);
        await hall.UntilAskedAsync("second");
        await hall.UntilAskedAsync("third");
        Assert.Equal(0, hall.Queued);
    }

    [Fact]
    public async Task LimitLowered_OldAndNewTogetherStayWithinIt_AndTheQueueKeepsItsOrder()
    {
        await using var hall = await Hall.OpenAsync(limit: 2, queue: 5);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.RunningAsync("second");
        await using var third = await hall.QueuedAsync("third", 1);

        await ReloadAsync(hall, limit: 1, queue: 5);
        await using var fourth = await hall.QueuedAsync("fourth", 2);
        hall.Answer("first");
        await first.ReadTextAsync();
        Assert.Equal(2, hall.Queued);

        hall.Answer("second");
        await hall.UntilAskedAsync("third");
        Assert.Equal(1, hall.Queued);
        hall.Answer("third");
        await hall.UntilAskedAsync("fourth");
        Assert.Equal(["first", "second", "third", "fourth"], hall.Asked);
    }

    [Fact]
    public async Task OtherOptionsChanged_RunningStreamsKeepTheirPlaces()
    {
        await using var hall = await Hall.OpenAsync(limit: 1, queue: 1);
        await using var first = await hall.RunningAsync("first");
        await using var second = await hall.QueuedAsync("second", 1);

        await ReloadAsync(hall, limit: 1, queue: 1, """ "Primer": { "After": "00:00:00", "PaddingBytes": 64 } """);
        await using var third = await hall.AskAsync("third");
        Assert.Equal(503, (await third.ReadHeadAsync()).Status);
        hall.Answer("first");
        await hall.UntilAskedAsync("second");
    }

    private static async Task ReloadAsync(Hall hall, int? limit, int queue, string more = "")
    {
        var before = hall.Proxy.Logs.Lines.Count(IsReload);
        hall.Proxy.WriteConfig(ProxyConfig.For(hall.Stage.Backend.Http1, Stage.SingleAttempt(Hall.Policy(limit, queue, more))).ToString());
        await Patience.UntilAsync(
            () =>
            {
                hall.Stage.Clock.Advance(TimeSpan.FromMilliseconds(100));
                return hall.Proxy.Logs.Lines.Count(IsReload) > before;
            },
            "the reload");

        static bool IsReload(LogLine line) => line.Event.Name == "ConfigurationReloaded";
    }
}
