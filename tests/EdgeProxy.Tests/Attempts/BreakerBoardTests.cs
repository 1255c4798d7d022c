using System.Runtime.CompilerServices;
using EdgeProxy.Attempts;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Tests.Attempts;

/// <summary>The breakers of all destinations and models.</summary>
public sealed class BreakerBoardTests
{
    [Fact]
    public void EachDestinationAndModel_HasABreakerOfItsOwn()
    {
        var cluster = new TestCluster();
        cluster.Fail("a", "small");
        cluster.Fail("b");

        string?[] models = [null, "", "small", "Small"];
        Assert.Equal(
            ["Closed", "Closed", "Open", "Closed", "Open", "Closed", "Closed", "Closed", "Closed", "Closed", "Closed", "Closed"],
            from destination in cluster.All from model in models select cluster.Board.StateOf(destination, model).ToString());
    }

    [Fact]
    public void OwnModel_IsToldToYarp_WhenItsStateChanges()
    {
        var cluster = new TestCluster();
        cluster.Fail("a", times: 5);
        Assert.Equal(["cluster/a Unhealthy 20 s"], cluster.Told);

        cluster.Clock.Advance(TestCluster.Period);
        using (var probe = cluster.Board.TryClaimProbe(cluster["a"], null))
        {
            Assert.Same(cluster["a"], probe!.Destination);
            cluster.Fail("a", times: 1);
        }

        cluster.Clock.Advance(TestCluster.Period);
        using var second = cluster.Board.TryClaimProbe(cluster["a"], null);
        cluster.Board.Answered(cluster.State, cluster["a"], null, cluster.Clock.GetTimestamp());
        cluster.Board.Succeeded(cluster.State, cluster["a"], null, cluster.Clock.GetTimestamp());

        Assert.Equal(["cluster/a Unhealthy 20 s", "cluster/a Unhealthy 20 s", "cluster/a Healthy"], cluster.Told);
    }

    [Fact]
    public void ModelOfAFallback_IsNotToldToYarp()
    {
        var cluster = new TestCluster();
        cluster.Fail("a", "small");
        cluster.Board.Succeeded(cluster.State, cluster["a"], "small", cluster.Clock.GetTimestamp());

        Assert.Equal(BreakerState.Closed, cluster.Board.StateOf(cluster["a"], "small"));
        Assert.Empty(cluster.Told);
    }

    [Fact]
    public void Probe_ThatLearntNothing_GivesItsPlaceBackOnce()
    {
        var cluster = new TestCluster();
        cluster.Fail("a");
        Assert.Null(cluster.Board.TryClaimProbe(cluster["a"], null));
        cluster.Clock.Advance(TestCluster.Period);

        var probe = cluster.Board.TryClaimProbe(cluster["a"], null);
        Assert.Null(cluster.Board.TryClaimProbe(cluster["a"], null));
        probe!.Dispose();
        using var next = cluster.Board.TryClaimProbe(cluster["a"], null);
        Assert.NotNull(next);
        probe.Dispose();
        Assert.Null(cluster.Board.TryClaimProbe(cluster["a"], null));
    }

    [Fact]
    public void DestinationThatNeverFailed_IsWell_AndHasNothingToProbe()
    {
        var cluster = new TestCluster();
        cluster.Board.Answered(cluster.State, cluster["a"], null, 0);
        cluster.Board.Succeeded(cluster.State, cluster["a"], null, 0);

        Assert.Equal(BreakerState.Closed, cluster.Board.StateOf(cluster["a"], null));
        Assert.Null(cluster.Board.TryClaimProbe(cluster["a"], null));
        Assert.Empty(cluster.Told);
    }

    [Fact]
    public void Period_IsTenSeconds_WhereTheClusterNamesNone()
    {
        var cluster = new TestCluster(configure: static config => config with { HealthCheck = new() { Passive = config.HealthCheck!.Passive! with { ReactivationPeriod = null } } });
        cluster.Fail("a");

        Assert.Equal(["cluster/a Unhealthy 10 s"], cluster.Told);
        cluster.Clock.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Equal(BreakerState.Open, cluster.Board.StateOf(cluster["a"], null));
        cluster.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(BreakerState.ProbeDue, cluster.Board.StateOf(cluster["a"], null));
    }

    [Theory]
    [InlineData(true, "StreamFailures", true)]
    [InlineData(true, "streamfailures", true)]
    [InlineData(false, "StreamFailures", false)]
    [InlineData(null, "StreamFailures", false)]
    [InlineData(true, "TransportFailureRate", false)]
    [InlineData(true, null, false)]
    public void Cluster_IsCovered_ByItsEnabledPolicy(bool? enabled, string? policy, bool covered)
    {
        var cluster = new TestCluster(configure: config => config with { HealthCheck = new() { Passive = new() { Enabled = enabled, Policy = policy } } });

        Assert.Equal(covered, BreakerBoard.Covers(cluster.State));
    }

    [Fact]
    public void ClusterWithoutHealthChecks_IsNotCovered()
    {
        Assert.False(BreakerBoard.Covers(new TestCluster(configure: static config => config with { HealthCheck = null }).State));
        Assert.False(BreakerBoard.Covers(new TestCluster(configure: static config => config with { HealthCheck = new HealthCheckConfig() }).State));
    }

    [Fact]
    public void DestinationThatIsGone_IsForgotten()
    {
        var cluster = new TestCluster();
        var gone = FailAndForget(cluster);
        for (var i = 0; i < 10 && gone.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(gone.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference FailAndForget(TestCluster cluster)
    {
        var destination = new DestinationState("gone");
        for (var i = 0; i < Breaker.FailuresToOpen; i++)
        {
            cluster.Board.Failed(cluster.State, destination, "small", 0);
        }

        Assert.Equal(BreakerState.Open, cluster.Board.StateOf(destination, "small"));
        return new WeakReference(destination);
    }
}
