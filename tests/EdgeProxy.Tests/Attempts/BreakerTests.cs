using EdgeProxy.Attempts;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Attempts;

/// <summary>When a destination is left alone, and when it is asked again.</summary>
public sealed class BreakerTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>
    /// What happens, a letter each, 1 ms apart: an attempt fails (<c>f</c>), is answered (<c>a</c>), succeeds (<c>s</c>); as capitals, one
    /// that began before everything else. A probe is claimed (<c>c</c>), its place given back (<c>r</c>); half a period passes (<c>h</c>).
    /// </summary>
    public static TheoryData<string, string> Histories => new()
    {
        { "", "Closed" },
        { "ff", "Closed" },
        { "fff", "Open" },
        { "ffsff", "Closed" },
        { "ffsfff", "Open" },

        // A first event alone does not end the row: a stream that breaks off is a failure.
        { "fafaf", "Open" },
        { "ffaff", "Open" },
        { "fffh", "Open" },
        { "fffhh", "ProbeDue" },
        { "fffhhh", "ProbeDue" },
        { "fffhhc", "Probing" },
        { "fffhhchhhh", "Probing" },
        { "fffhhcc", "Probing" },
        { "fffhhcf", "Open" },
        { "fffhhcfh", "Open" },
        { "fffhhcfhh", "ProbeDue" },
        { "fffhhcs", "Closed" },
        { "fffhhca", "Closed" },
        { "fffhhcsff", "Closed" },
        { "fffhhcsfff", "Open" },

        // A probe that learnt nothing makes room at once; one that did cannot take it back.
        { "fffhhcr", "ProbeDue" },
        { "fffhhcrc", "Probing" },
        { "fffhhcfr", "Open" },
        { "fffhhcsr", "Closed" },

        // Asked for want of another, while it is open.
        { "fffhfffh", "ProbeDue" },
        { "fffa", "Closed" },
        { "fffs", "Closed" },

        // Attempts from before do not speak of now.
        { "FFF", "Open" },
        { "fffS", "Open" },
        { "fffA", "Open" },
        { "fffhhcS", "Probing" },
        { "fffhhcA", "Probing" },
        { "fffhhcF", "Probing" },
        { "fffhhcaFFFF", "Closed" },
        { "fffhhcafFf", "Closed" },
        { "fffhhcafSff", "Open" },
        { "fffhhcfS", "Open" },

        // A claim that is not due is none.
        { "c", "Closed" },
        { "fffc", "Open" },
        { "fffhc", "Open" },
        { "r", "Closed" },
        { "fffr", "Open" },
    };

    [Theory]
    [MemberData(nameof(Histories))]
    public void History_LeadsToTheState(string history, string state)
    {
        var clock = new ManualTimeProvider();
        var breaker = new Breaker(clock);
        var first = clock.GetTimestamp();
        var claim = -1;
        foreach (var step in history)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            var beganAt = char.IsUpper(step) ? first : clock.GetTimestamp();
            switch (char.ToLowerInvariant(step))
            {
                case 'f':
                    breaker.Failed(beganAt, Period);
                    break;
                case 'a':
                    breaker.Answered(beganAt);
                    break;
                case 's':
                    breaker.Succeeded(beganAt);
                    break;
                case 'c':
                    claim = breaker.TryClaim(out var mine) ? mine : claim;
                    break;
                case 'r':
                    breaker.Release(claim);
                    break;
                case 'h':
                    clock.Advance(Period / 2);
                    break;
            }
        }

        Assert.Equal(state, breaker.State.ToString());
    }

    [Fact]
    public void Release_OfAnOlderClaim_TakesNothingFromTheNewerOne()
    {
        var clock = new ManualTimeProvider();
        var breaker = Opened(clock);
        clock.Advance(Period);
        Assert.True(breaker.TryClaim(out var older));
        breaker.Release(older);
        Assert.True(breaker.TryClaim(out var newer));

        breaker.Release(older);
        Assert.Equal(BreakerState.Probing, breaker.State);

        breaker.Release(newer);
        Assert.Equal(BreakerState.ProbeDue, breaker.State);
    }

    [Fact]
    public void Changes_AreToldByWhoMadeThem()
    {
        var clock = new ManualTimeProvider();
        var breaker = new Breaker(clock);
        Assert.False(breaker.Answered(clock.GetTimestamp()));
        Assert.False(breaker.Succeeded(clock.GetTimestamp()));
        Assert.False(breaker.Failed(clock.GetTimestamp(), Period));
        Assert.False(breaker.Failed(clock.GetTimestamp(), Period));
        Assert.True(breaker.Failed(clock.GetTimestamp(), Period));
        Assert.False(breaker.Failed(clock.GetTimestamp(), Period));

        clock.Advance(Period);
        Assert.True(breaker.TryClaim(out _));
        Assert.True(breaker.Failed(clock.GetTimestamp(), Period));

        clock.Advance(Period);
        Assert.True(breaker.TryClaim(out _));
        Assert.True(breaker.Answered(clock.GetTimestamp()));
        Assert.False(breaker.Succeeded(clock.GetTimestamp()));
    }

    [Fact]
    public void LastPeriod_Counts()
    {
        var clock = new ManualTimeProvider();
        var breaker = Opened(clock);
        clock.Advance(Period);
        breaker.TryClaim(out _);
        breaker.Failed(clock.GetTimestamp(), Period * 3);

        clock.Advance(Period * 3 - TimeSpan.FromTicks(1));
        Assert.Equal(BreakerState.Open, breaker.State);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(BreakerState.ProbeDue, breaker.State);
    }

    [Fact]
    public async Task ManyAtOnce_OneOpensIt_AndOneGetsEachProbe()
    {
        const int Crowd = 8;
        var clock = new ManualTimeProvider();
        var breaker = new Breaker(clock);
        Assert.Equal(1, await CountAsync(() => breaker.Failed(clock.GetTimestamp(), Period)));

        for (var round = 0; round < 200; round++)
        {
            clock.Advance(Period);
            Assert.Equal(1, await CountAsync(() => breaker.TryClaim(out _)));
            Assert.Equal(BreakerState.Probing, breaker.State);
            Assert.True(breaker.Failed(clock.GetTimestamp(), Period));
        }

        static async Task<int> CountAsync(Func<bool> act)
        {
            using var start = new Barrier(Crowd);
            var won = await Task.WhenAll(Enumerable.Range(0, Crowd).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return act();
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
            return won.Count(static one => one);
        }
    }

    private static Breaker Opened(ManualTimeProvider clock)
    {
        var breaker = new Breaker(clock);
        for (var i = 0; i < Breaker.FailuresToOpen; i++)
        {
            breaker.Failed(clock.GetTimestamp(), Period);
        }

        return breaker;
    }
}
