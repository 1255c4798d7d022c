using EdgeProxy.Attempts;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Tests.Attempts;

/// <summary>Whom the next attempt may ask.</summary>
public sealed class DestinationSelectorTests
{
    /// <summary>
    /// The destinations with their breakers (<c>-</c> closed, <c>o</c> open, <c>d</c> due, <c>p</c> being probed), whom the request has
    /// tried (with <c>!</c> when silent), whether it has elsewhere to go; the candidates (with <c>*</c> the probe) and the outlook.
    /// </summary>
    public static TheoryData<string, string, bool, string, string> Cases => new()
    {
        // Those not tried come first.
        { "a- b- c-", "", false, "a b c", "untried" },
        { "a- b- c-", "a", false, "b c", "untried repeat" },
        { "a- b- c-", "a b c", false, "a b c", "repeat" },
        { "a- b- c-", "a! b", false, "c", "untried repeat" },
        { "a- b-", "a! b", false, "b", "repeat" },
        { "a-", "a", false, "a", "repeat" },
        { "a-", "a!", false, "", "" },
        { "a- b-", "a! b!", false, "", "" },

        // Open ones, and ones that another request probes, are left out.
        { "a- bo c-", "", false, "a c", "untried" },
        { "a- bo cp", "", false, "a", "untried" },
        { "a- bo cp", "a", false, "a", "repeat" },
        { "a- bo cp", "a", true, "a", "repeat" },

        // One that is due gets this request alone, and not one that has been there.
        { "a- bd c-", "", false, "*b", "untried" },
        { "a- bd c-", "b", false, "a c", "untried repeat" },
        { "a- bd", "a b", false, "*b", "repeat" },
        { "a- bd", "a b!", false, "a", "repeat" },
        { "ao bd", "a", true, "*b", "untried" },
        { "ad bd", "", false, "*a", "untried" },

        // Nobody is well.
        { "ao bo", "", true, "", "" },
        { "ao bp", "", true, "", "" },
        { "ao bo", "", false, "a b", "untried" },
        { "ao bp", "", false, "a b", "untried" },
        { "ao bo", "a", false, "b", "untried repeat" },
        { "ao bo", "a b", false, "a b", "repeat" },
        { "ao bo", "a! b", false, "b", "repeat" },
        { "ao bo", "a! b!", false, "", "" },
        { "ao", "a", false, "a", "repeat" },

        // Nobody but sick ones is left for this request.
        { "a- bo", "a!", false, "b", "untried" },
        { "a- bo", "a!", true, "", "" },
    };

    /// <summary>The same with affinity, where a request without another choice gets <c>503</c>.</summary>
    public static TheoryData<string, string, bool, string, string> StickyCases => new()
    {
        { "a- b- c-", "", false, "a b c", "untried" },
        { "a- b- c-", "a", false, "a b c", "repeat" },
        { "a- b- c-", "a!", false, "a b c", "" },
        { "a- bo c-", "a", false, "a c", "repeat" },
        { "ao b- c-", "a", false, "b c", "" },
        { "a- bd c-", "", false, "a c *b", "untried" },
        { "ao bo", "", true, "", "" },
        { "ao bo", "", false, "a b", "untried" },
        { "ao bo", "a", false, "a b", "repeat" },
    };

    /// <summary>The same with affinity that moves a session whose destination is away.</summary>
    public static TheoryData<string, string, bool, string, string> MovableCases => new()
    {
        { "a- b- c-", "a", false, "b c", "untried repeat" },
        { "a- bd c-", "", false, "a c *b", "untried" },
        { "a- bd c-", "a", false, "c *b", "untried repeat" },
        { "ao bd", "a", false, "*b", "untried" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Candidates_AreTheBestThatAreLeft(string destinations, string tried, bool hasElsewhere, string candidates, string outlook) =>
        Check(static config => config, destinations, tried, hasElsewhere, candidates, outlook);

    [Theory]
    [MemberData(nameof(StickyCases))]
    public void StickySession_IsNotNarrowed(string destinations, string tried, bool hasElsewhere, string candidates, string outlook) =>
        Check(static config => config with { SessionAffinity = new() { Enabled = true, FailurePolicy = "return503error", AffinityKeyName = "k" } }, destinations, tried, hasElsewhere, candidates, outlook);

    [Theory]
    [MemberData(nameof(MovableCases))]
    public void MovableSession_KeepsAChoiceBesideTheProbe(string destinations, string tried, bool hasElsewhere, string candidates, string outlook) =>
        Check(static config => config with { SessionAffinity = new() { Enabled = true, AffinityKeyName = "k" } }, destinations, tried, hasElsewhere, candidates, outlook);

    [Fact]
    public void Model_HasBreakersOfItsOwn()
    {
        var cluster = new TestCluster("a b");
        cluster.Fail("a", "small");
        var selector = new DestinationSelector(cluster.Board);

        Assert.Equal("b", Names(selector.Select(cluster.State, "small", [], [], false).Candidates));
        Assert.Equal("a b", Names(selector.Select(cluster.State, null, [], [], false).Candidates));
        Assert.Equal("a b", Names(selector.Select(cluster.State, "large", [], [], false).Candidates));
    }

    [Fact]
    public void Probe_GoesToOneRequest_UntilItIsGivenBack()
    {
        var cluster = new TestCluster("a b");
        cluster.Fail("a");
        cluster.Clock.Advance(TestCluster.Period);
        var selector = new DestinationSelector(cluster.Board);

        Assert.True(selector.Peek(cluster.State, null, cluster.Pick("b"), [], true).HasUntried);
        var first = selector.Select(cluster.State, null, [], [], false);
        Assert.Equal("a", Names(first.Candidates));
        Assert.Equal("b", Names(selector.Select(cluster.State, null, [], [], false).Candidates));
        Assert.False(selector.Peek(cluster.State, null, cluster.Pick("b"), [], true).HasUntried);

        first.Probe!.Dispose();
        Assert.Equal("a", Names(selector.Select(cluster.State, null, [], [], false).Candidates));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("HealthyOrPanic", true)]
    [InlineData("HealthyAndUnknown", false)]
    public void ClusterThatDoesNotWantPanic_GetsNone(string? policy, bool panics)
    {
        var cluster = new TestCluster("a", config => config with { HealthCheck = config.HealthCheck! with { AvailableDestinationsPolicy = policy } });
        cluster.Fail("a");
        var selector = new DestinationSelector(cluster.Board);

        Assert.Equal(panics ? "a" : "", Names(selector.Select(cluster.State, null, [], [], false).Candidates));
        Assert.Equal(panics, selector.Peek(cluster.State, null, [], [], false).HasUntried);
    }

    [Theory]
    [InlineData(true, "a", "", "b")]
    [InlineData(true, "a b", "", "a b")]
    [InlineData(true, "a", "b", "b")]
    [InlineData(false, "a", "", "a b")]
    [InlineData(false, "a", "b", "a")]
    public void ActivelySick_AreLeftOut_IfActiveChecksAreOn_AndAnyoneElseIsThere(bool enabled, string sick, string open, string candidates)
    {
        var cluster = new TestCluster("a b", config => config with { HealthCheck = config.HealthCheck! with { Active = new() { Enabled = enabled } } });
        cluster.Pick(sick).ForEach(static destination => destination.Health.Active = DestinationHealth.Unhealthy);
        cluster.Pick(open).ForEach(destination => cluster.Fail(destination.DestinationId));

        Assert.Equal(candidates, Names(new DestinationSelector(cluster.Board).Select(cluster.State, null, [], [], false).Candidates));
    }

    [Theory]
    [InlineData("", "a b", "untried")]
    [InlineData("a", "b", "untried repeat")]
    [InlineData("a b", "a b", "repeat")]
    [InlineData("a! b", "b", "repeat")]
    [InlineData("a! b!", "", "")]
    public void ClusterWithAnotherPolicy_IsYarpsToJudge(string tried, string candidates, string outlook)
    {
        var cluster = new TestCluster("a b c", static config => config with { HealthCheck = null });
        cluster.State.DestinationsState = new(cluster.All, cluster.Pick("a b"));
        cluster.Fail("a");

        CheckChoice(cluster, tried, hasElsewhere: false, candidates, outlook);
    }

    [Fact]
    public void NoDestinations_NoCandidates()
    {
        var cluster = new TestCluster();
        cluster.State.DestinationsState = new([], []);

        CheckChoice(cluster, "", hasElsewhere: false, "", "");
    }

    private static void Check(Func<ClusterConfig, ClusterConfig> configure, string destinations, string tried, bool hasElsewhere, string candidates, string outlook)
    {
        var states = destinations.Split(' ').ToDictionary(static one => one[..1], static one => one[1]);
        var cluster = new TestCluster(string.Join(' ', states.Keys), configure);
        foreach (var (name, state) in states)
        {
            if (state is 'd' or 'p')
            {
                cluster.Fail(name);
            }
        }

        cluster.Clock.Advance(TestCluster.Period);
        foreach (var (name, state) in states)
        {
            if (state == 'o')
            {
                cluster.Fail(name);
            }
            else if (state == 'p')
            {
                Assert.NotNull(cluster.Board.TryClaimProbe(cluster[name], null));
            }
        }

        CheckChoice(cluster, tried, hasElsewhere, candidates, outlook);
    }

    /// <summary>A destination is also a list of itself alone: it cannot be compared as an element.</summary>
    private static string Names(IEnumerable<DestinationState> destinations) => string.Join(' ', destinations.Select(static one => one.DestinationId));

    private static void CheckChoice(TestCluster cluster, string tried, bool hasElsewhere, string candidates, string outlook)
    {
        var selector = new DestinationSelector(cluster.Board);
        var triedOnes = cluster.Pick(tried.Replace("!", "", StringComparison.Ordinal));
        var silentOnes = cluster.Pick(string.Join(' ', tried.Split(' ').Where(static name => name.EndsWith('!')).Select(static name => name[..1])));

        var peeked = selector.Peek(cluster.State, null, triedOnes, silentOnes, hasElsewhere);
        var selection = selector.Select(cluster.State, null, triedOnes, silentOnes, hasElsewhere);

        Assert.Equal(candidates, string.Join(' ', selection.Candidates.Select(one => one == selection.Probe?.Destination ? $"*{one.DestinationId}" : one.DestinationId)));
        Assert.Equal(outlook, $"{(peeked.HasUntried ? "untried" : "")} {(peeked.MayRepeat ? "repeat" : "")}".Trim());
    }
}
