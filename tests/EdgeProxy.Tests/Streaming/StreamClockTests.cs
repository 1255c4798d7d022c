using EdgeProxy.Protocol;
using EdgeProxy.Streaming;

namespace EdgeProxy.Tests.Streaming;

public sealed class StreamClockTests
{
    private static readonly ClientStreamSettings Settings = StreamSettings.Default with
    {
        PrimerAfter = TimeSpan.FromSeconds(2),
        KeepAliveInterval = TimeSpan.FromSeconds(8),
        FirstEventTimeout = TimeSpan.FromSeconds(60),
        IdleTimeout = TimeSpan.FromSeconds(30),
        TotalTimeout = TimeSpan.FromSeconds(300),
    };

    /// <summary>Primer: (its delay's beginning or null, committed, now) and whether it is due.</summary>
    public static TheoryData<int?, bool, double, bool> Primers => new()
    {
        { 0, false, 1.999, false },
        { 0, false, 2, true },
        { 0, true, 2, false },
        { null, false, 50, false },
        { 5, false, 6.9, false },
        { 5, false, 7, true },
    };

    [Theory]
    [MemberData(nameof(Primers))]
    public void Primer_IsDueAfterItsDelay(int? from, bool committed, double now, bool due)
    {
        var state = new StreamClockState(from is { } f ? Seconds(f) : null, committed, false, TimeSpan.Zero, null, false);

        Assert.Equal(due, StreamClock.Check(state, Settings, Seconds(now)).Commit);
    }

    /// <summary>Keep-alive: (committed, writing, mid-event, last write, now, frame) and whether one is due.</summary>
    public static TheoryData<bool, bool, bool, double, double, int, bool> KeepAlives => new()
    {
        { true, false, false, 10, 17.999, (int)KeepAliveFrame.Auto, false },
        { true, false, false, 10, 18, (int)KeepAliveFrame.Auto, true },
        { false, false, false, 10, 18, (int)KeepAliveFrame.Auto, false },
        { true, true, false, 10, 18, (int)KeepAliveFrame.Auto, false },
        { true, false, true, 10, 18, (int)KeepAliveFrame.Auto, false },
        { true, false, false, 10, 18, (int)KeepAliveFrame.None, false },
    };

    [Theory]
    [MemberData(nameof(KeepAlives))]
    public void KeepAlive_IsDueAfterSilenceTowardsTheClient(bool committed, bool writing, bool midEvent, double lastWrite, double now, int frame, bool due)
    {
        var state = new StreamClockState(null, committed, writing, Seconds(lastWrite), Seconds(lastWrite), midEvent);

        Assert.Equal(due, StreamClock.Check(state, Settings with { KeepAliveFrame = (KeepAliveFrame)frame }, Seconds(now)).KeepAlive);
    }

    /// <summary>Deadlines: (last event or null, writing, now) and the failure's code.</summary>
    public static TheoryData<double?, bool, double, string?> Deadlines => new()
    {
        { null, false, 59.999, null },
        { null, false, 60, "upstream_timeout" },
        { null, true, 60, null },
        { 100, false, 129.999, null },
        { 100, false, 130, "upstream_stalled" },
        { 100, true, 130, null },
        { 299, false, 300, "stream_too_long" },
        { 299, true, 300, "stream_too_long" },
    };

    [Theory]
    [MemberData(nameof(Deadlines))]
    public void Deadline_MakesItsFailure(double? lastEvent, bool writing, double now, string? code)
    {
        var state = new StreamClockState(TimeSpan.Zero, true, writing, Seconds(now), lastEvent is { } e ? Seconds(e) : null, false);

        Assert.Equal(code, StreamClock.Check(state, Settings, Seconds(now)).Expired?.Code);
    }

    [Fact]
    public void NoTotalTimeout_NeverEndsABusyStream()
    {
        var state = new StreamClockState(null, true, false, Seconds(99_999), Seconds(99_999), false);

        Assert.Null(StreamClock.Check(state, Settings with { TotalTimeout = null }, Seconds(100_000)).Expired);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
