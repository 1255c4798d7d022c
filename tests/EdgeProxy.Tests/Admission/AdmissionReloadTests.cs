using EdgeProxy.Admission;

namespace EdgeProxy.Tests.Admission;

/// <summary>Other limits come while streams run and wait.</summary>
public sealed class AdmissionReloadTests
{
    [Fact]
    public void LimitLowered_NobodyIsLetInUntilOldAndNewFit()
    {
        var desk = new AdmissionDesk(limit: 4);
        var running = desk.Request(4);
        var waiting = desk.Request(2);

        desk.Reload(limit: 2);
        running[3].Dispose();
        running[0].Dispose();
        Assert.Equal(new AdmissionCounts(2, 2), desk.Counts);

        running[1].Dispose();
        Assert.Equal([false, true], waiting.Select(ticket => ticket.IsPending));
        Assert.Equal(new AdmissionCounts(2, 1), desk.Counts);
    }

    [Fact]
    public void LimitRaised_ThoseWhoWaitAreLetInAtOnce_InOrder()
    {
        var desk = new AdmissionDesk(limit: 1);
        using var running = desk.Request();
        var waiting = desk.Request(4);

        desk.Reload(limit: 3);

        Assert.Equal([false, false, true, true], waiting.Select(ticket => ticket.IsPending));
        Assert.Equal(new AdmissionCounts(3, 2), desk.Counts);
    }

    [Fact]
    public void LimitLowered_NewOnesWaitBehindThoseWhoWaited()
    {
        var desk = new AdmissionDesk(limit: 2);
        var running = desk.Request(2);
        var old = desk.Request();

        desk.Reload(limit: 1);
        var young = desk.Request();
        running[0].Dispose();
        Assert.Equal((true, true), (old.IsPending, young.IsPending));
        running[1].Dispose();
        Assert.Equal((false, true), (old.IsPending, young.IsPending));
        old.Dispose();
        Assert.False(young.IsPending);
    }

    [Fact]
    public void LimitLowered_RunningOnesBeyondIt_TakeNoRoomInTheQueue()
    {
        var desk = new AdmissionDesk(limit: 10, queue: 2);
        _ = desk.Request(10);

        desk.Reload(limit: 2, queue: 2);
        var young = desk.Request(3);

        Assert.Equal([true, true, false], young.Select(ticket => ticket.IsPending));
        Assert.NotNull(young[2].Refusal);
    }

    [Fact]
    public void QueueLimitLowered_ThoseWhoWaitStay_AndNobodyElseMay()
    {
        var desk = new AdmissionDesk(limit: 1, queue: 5);
        var running = desk.Request();
        var waiting = desk.Request(5);

        desk.Reload(limit: 1, queue: 1);
        Assert.NotNull(desk.Request().Refusal);
        Assert.Equal(new AdmissionCounts(1, 5), desk.Counts);

        running.Dispose();
        foreach (var ticket in waiting)
        {
            Assert.False(ticket.IsPending);
            ticket.Dispose();
        }
    }

    [Fact]
    public void LimitTakenAway_EverybodyIsLetIn_AndStillCountedWhenItComesBack()
    {
        var desk = new AdmissionDesk(limit: 1);
        var first = desk.Request();
        var waiting = desk.Request(2);

        desk.Reload(limit: null);
        Assert.All(waiting, ticket => Assert.False(ticket.IsPending));
        Assert.False(desk.Request().IsPending);

        desk.Reload(limit: 2);
        var young = desk.Request();
        first.Dispose();
        Assert.True(young.IsPending);
        waiting[0].Dispose();
        Assert.False(young.IsPending);
    }

    [Fact]
    public void OtherOptionsChanged_NothingHappensToTheLine()
    {
        var desk = new AdmissionDesk(limit: 1);
        var (running, waiting) = (desk.Request(), desk.Request());
        var claims = (running.Claim, waiting.Claim);

        desk.Control.Apply([AdmissionDesk.PolicyOf(1, 7, timeoutSeconds: 9)]);

        Assert.Equal(claims, (running.Claim, waiting.Claim));
        Assert.Equal(new AdmissionCounts(1, 1), desk.Counts);
    }

    [Fact]
    public void RequestOfBeforeTheReload_ComesUnderTheLimitsOfNow()
    {
        var desk = new AdmissionDesk(limit: 5);
        var stale = desk.Policy;
        desk.Reload(limit: 1);

        var first = desk.Control.Request(stale);
        var second = desk.Control.Request(stale);

        Assert.Equal((false, true), (first.IsPending, second.IsPending));
    }

    [Fact]
    public void PolicyThatIsGone_LetsItsOwnOutInOrder_AndIsForgotten()
    {
        var desk = new AdmissionDesk(limit: 1);
        var (first, second) = (desk.Request(), desk.Request());

        desk.Control.Apply([]);
        Assert.True(second.IsPending);
        first.Dispose();
        Assert.False(second.IsPending);
        second.Dispose();
        Assert.Equal(0, desk.Control.LineCount);
    }

    [Fact]
    public void LastOneLeaves_TheLineIsDropped_AndTheNextBeginsAnew()
    {
        var desk = new AdmissionDesk(limit: 1);
        for (var i = 0; i < 3; i++)
        {
            var ticket = desk.Request();
            Assert.False(ticket.IsPending);
            Assert.Equal(1, desk.Control.LineCount);
            ticket.Dispose();
            Assert.Equal(0, desk.Control.LineCount);
        }
    }
}
