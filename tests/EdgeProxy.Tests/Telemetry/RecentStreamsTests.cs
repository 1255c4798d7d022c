using EdgeProxy.Protocol;
using EdgeProxy.Telemetry;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Telemetry;

public sealed class RecentStreamsTests
{
    private static readonly StreamReport Rescued = Reports.Of(StreamOutcome.Rescued, StreamFailure.Disconnected(new IOException()));

    private readonly ManualTimeProvider _clock = new();
    private readonly RecentStreams _recent;

    public RecentStreamsTests() => _recent = new(_clock);

    /// <summary>(outcome, status, attempts) and (which count it is, whether it is kept).</summary>
    public static TheoryData<string, int, int, string, bool> Kinds => new()
    {
        { "Ok", 200, 1, "Ok", false },
        { "Ok", 200, 2, "Ok", true },
        { "PassedThrough", 200, 1, "Ok", false },
        { "PassedThrough", 429, 1, "Failed", true },
        { "Rescued", 502, 1, "Rescued", true },
        { "Refused", 503, 1, "Failed", true },
        { "Cut", 502, 1, "Failed", true },
        { "ClientGone", 200, 3, "ClientGone", false },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void FinishedStream_IsCounted_AndKeptIfItDidNotSimplyGoWell(string outcome, int status, int attempts, string count, bool kept)
    {
        _recent.Finished(Reports.Of(Enum.Parse<StreamOutcome>(outcome), status: status) with { Attempts = attempts });

        var rate = _recent.Rates()[^1];
        Assert.Equal(
            (count == "Ok" ? 1 : 0, count == "Rescued" ? 1 : 0, count == "Failed" ? 1 : 0, count == "ClientGone" ? 1 : 0),
            (rate.Ok, rate.Rescued, rate.Failed, rate.ClientGone));
        Assert.Equal(kept ? 1 : 0, _recent.Streams().Count);
    }

    [Fact]
    public void Streams_BeyondTheLimit_TheLatestStay()
    {
        for (var i = 0; i < RecentStreams.Kept + 7; i++)
        {
            _recent.Finished(Rescued with { Attempts = i });
        }

        Assert.Equal(
            Enumerable.Range(7, RecentStreams.Kept).Reverse(),
            _recent.Streams().Select(stream => stream.Report.Attempts));
    }

    [Fact]
    public void Streams_WhatWasThrown_IsNotHeld()
    {
        _recent.Finished(Rescued);

        var kept = Assert.Single(_recent.Streams());
        Assert.Equal("upstream_disconnected", kept.Report.Failure!.Code);
        Assert.Null(kept.Report.Failure.Cause);
    }

    [Fact]
    public void Rates_CoverTheWindow_OldestFirst_AndForgetWhatIsOlder()
    {
        _recent.Started();
        _clock.Advance(TimeSpan.FromSeconds(2));
        _recent.Started();
        _recent.Started();

        var rates = _recent.Rates();
        Assert.Equal(RecentStreams.Window.TotalSeconds, rates.Count);
        Assert.Equal((1, 0, 2), (rates[^3].Started, rates[^2].Started, rates[^1].Started));
        Assert.Equal(Enumerable.Range(0, rates.Count).Select(i => rates[0].Second + i), rates.Select(rate => rate.Second));

        _clock.Advance(RecentStreams.Window - TimeSpan.FromSeconds(1));
        Assert.Equal(2, _recent.Rates().Sum(rate => rate.Started));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _recent.Rates().Sum(rate => rate.Started));
        _recent.Started();
        Assert.Equal(1, _recent.Rates().Sum(rate => rate.Started));
    }

    [Fact]
    public void FirstEvents_OfTheWindowAlone_LatestFirst()
    {
        _recent.Finished(Reports.Ok);
        _clock.Advance(TimeSpan.FromMinutes(4));
        _recent.Finished(Reports.Ok with { FirstEventAt = TimeSpan.FromSeconds(7) });
        _recent.Finished(Reports.Ok with { FirstEventAt = null });

        Assert.Equal([7, 3], _recent.FirstEvents().Select(measured => measured.After.TotalSeconds));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([7], _recent.FirstEvents().Select(measured => measured.After.TotalSeconds));
    }

    [Fact]
    public void FirstEvents_BeyondTheLimit_TheLatestStay()
    {
        for (var i = 0; i < RecentStreams.KeptFirstEvents + 1; i++)
        {
            _recent.Finished(Reports.Ok with { FirstEventAt = TimeSpan.FromSeconds(i) });
        }

        var kept = _recent.FirstEvents();
        Assert.Equal(RecentStreams.KeptFirstEvents, kept.Count);
        Assert.Equal((RecentStreams.KeptFirstEvents, 1), (kept[0].After.TotalSeconds, kept[^1].After.TotalSeconds));
    }
}
