using EdgeProxy.Admission;
using EdgeProxy.Protocol;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Admission;

/// <summary>Who is let in, who waits, who is sent away; each place is given back once.</summary>
public sealed class AdmissionControlTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task NoLimit_EverybodyIsLetIn_AndItCostsNothing()
    {
        var desk = new AdmissionDesk(limit: null);

        var allocated = Allocations.Of(() =>
        {
            using var ticket = desk.Request();
            Assert.False(ticket.IsPending);
            Assert.Null(ticket.Refusal);
        });

        Assert.Equal(0, allocated);
        Assert.Null(await desk.Request().WaitAsync(Never));
        Assert.Equal(0, desk.Control.LineCount);
    }

    [Fact]
    public void LimitReached_NextOnesWait_AndThoseBeyondTheQueueAreRefused()
    {
        var desk = new AdmissionDesk(limit: 2, queue: 3);

        var tickets = desk.Request(7);

        Assert.Equal([false, false, true, true, true, false, false], tickets.Select(ticket => ticket.IsPending));
        Assert.Equal([5, 6], Enumerable.Range(0, 7).Where(i => tickets[i].Refusal is not null));
        Assert.Equal(new AdmissionCounts(2, 3), desk.Counts);
    }

    [Fact]
    public async Task Refused_IsAnOverloadWithItsStatusAndRetryAfter()
    {
        var desk = new AdmissionDesk(limit: 1, queue: 0);
        using var first = desk.Request();

        var refused = desk.Request();

        Assert.Equal(("edge_overloaded", 503, FailureSource.Edge), (refused.Refusal!.Code, refused.Refusal.Status, refused.Refusal.Source));
        Assert.Equal(AdmissionTicket.RetryAfter, refused.Refusal.RetryAfter);
        Assert.True(AdmissionTicket.RetryAfter >= TimeSpan.FromSeconds(1));
        Assert.Same(refused.Refusal, await refused.WaitAsync(Never));
        refused.Dispose();
        Assert.Equal(new AdmissionCounts(1, 0), desk.Counts);
    }

    [Fact]
    public async Task PlaceComesFree_FirstInTheQueueGetsIt_AtOnce()
    {
        var desk = new AdmissionDesk(limit: 1);
        var tickets = desk.Request(4);
        var waits = tickets.Select(ticket => ticket.WaitAsync(Never).AsTask()).ToArray();

        for (var i = 0; i < tickets.Length; i++)
        {
            Assert.Null(await waits[i].WaitAsync(Patience.Limit, TimeProvider.System));
            Assert.Equal(tickets.Skip(i + 1).Select(_ => true), tickets.Skip(i + 1).Select(ticket => ticket.IsPending));
            tickets[i].Dispose();
        }

        Assert.Equal(0, desk.Control.LineCount);
    }

    [Fact]
    public void NewcomerAndQueue_PlaceComesFree_NewcomerDoesNotOvertake()
    {
        var desk = new AdmissionDesk(limit: 1);
        var (first, second) = (desk.Request(), desk.Request());

        first.Dispose();
        var third = desk.Request();

        Assert.Equal((false, true), (second.IsPending, third.IsPending));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DisposedTwice_GivesBackOnePlace(bool waiting)
    {
        var desk = new AdmissionDesk(limit: 1);
        var tickets = desk.Request(4);
        var twice = tickets[waiting ? 1 : 0];

        twice.Dispose();
        twice.Dispose();

        Assert.Equal(new AdmissionCounts(1, 2), desk.Counts);
    }

    [Fact]
    public async Task DisposedInTheQueue_FreesTheQueuesPlaceAtOnce_AndEndsTheWait()
    {
        var desk = new AdmissionDesk(limit: 1, queue: 1);
        var (first, second) = (desk.Request(), desk.Request());
        var wait = second.WaitAsync(Never).AsTask();

        second.Dispose();
        var third = desk.Request();

        Assert.Equal("edge_overloaded", (await wait.WaitAsync(Patience.Limit, TimeProvider.System))?.Code);
        Assert.True(third.IsPending);
        first.Dispose();
        Assert.False(third.IsPending);
        Assert.False(second.IsPending);
    }

    [Fact]
    public async Task CancelledInTheQueue_FreesTheQueuesPlaceAtOnce()
    {
        var desk = new AdmissionDesk(limit: 1, queue: 1);
        var (first, second) = (desk.Request(), desk.Request());
        using var client = new CancellationTokenSource();
        var wait = second.WaitAsync(client.Token).AsTask();

        await client.CancelAsync();

        Assert.NotNull(await wait.WaitAsync(Patience.Limit, TimeProvider.System));
        Assert.Equal(new AdmissionCounts(1, 0), desk.Counts);
        first.Dispose();
        second.Dispose();
        Assert.Equal(0, desk.Control.LineCount);
    }

    [Fact]
    public async Task QueueTimeout_PassesForEachFromItsOwnBeginning_AndFreesThePlace()
    {
        var desk = new AdmissionDesk(limit: 1, timeoutSeconds: 10);
        using var running = desk.Request();
        var early = desk.Request().WaitAsync(Never).AsTask();
        desk.Clock.Advance(TimeSpan.FromSeconds(4));
        var late = desk.Request().WaitAsync(Never).AsTask();

        desk.Clock.Advance(TimeSpan.FromSeconds(5.9));
        Assert.False(early.IsCompleted);
        desk.Clock.Advance(TimeSpan.FromSeconds(0.1));

        var failure = await early.WaitAsync(Patience.Limit, TimeProvider.System);
        Assert.Equal(("edge_overloaded", 503, AdmissionTicket.RetryAfter), (failure!.Code, failure.Status, failure.RetryAfter));
        Assert.Equal(new AdmissionCounts(1, 1), desk.Counts);
        desk.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.NotNull(await late.WaitAsync(Patience.Limit, TimeProvider.System));
        Assert.Equal(new AdmissionCounts(1, 0), desk.Counts);
    }

    [Fact]
    public async Task TurnCameBeforeTheCancellationWasSeen_PlaceIsKept()
    {
        var desk = new AdmissionDesk(limit: 1);
        var (first, second) = (desk.Request(), desk.Request());

        first.Dispose();
        var answer = await second.WaitAsync(new CancellationToken(canceled: true));

        Assert.Null(answer);
        Assert.Equal(new AdmissionCounts(1, 0), desk.Counts);
        second.Dispose();
        Assert.Equal(0, desk.Control.LineCount);
    }

    [Theory]
    [InlineData("chat", "llm", true)]
    [InlineData("CHAT", "LLM", true)]
    [InlineData("other", "llm", false)]
    [InlineData("chat", "other", false)]
    [InlineData("chat", null, false)]
    public void Line_IsOneForEachPolicyAndCluster_WhateverTheRoute(string policy, string? cluster, bool shared)
    {
        var desk = new AdmissionDesk(limit: 1);
        using var first = desk.Request();

        using var second = desk.Control.Request(AdmissionDesk.PolicyOf(1, 100, name: policy, cluster: cluster, route: "another"));

        Assert.Equal(shared, second.IsPending);
        Assert.Equal(shared ? 1 : 2, desk.Control.LineCount);
    }

    [Fact]
    public void ManyLeaveTheQueue_WhileNoPlaceComesFree_LimiterThatRemembersThemIsReplaced_AndTheOrderStays()
    {
        var desk = new AdmissionDesk(limit: 1, queue: 10);
        using var running = desk.Request();
        var waiting = desk.Request(3);
        for (var round = 0; round < 3; round++)
        {
            var claim = running.Claim;
            for (var i = 0; i < 300; i++)
            {
                desk.Request().Dispose();
            }

            Assert.NotSame(claim, running.Claim);
        }

        Assert.Equal(new AdmissionCounts(1, 3), desk.Counts);
        running.Dispose();
        Assert.Equal([false, true, true], waiting.Select(ticket => ticket.IsPending));
    }
}
