using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace EdgeProxy.Attempts;

/// <summary>
/// Decides which destinations of a cluster the next attempt may ask. Where the cluster's passive health policy is
/// <c>StreamFailures</c> the breakers say who is well, else YARP does.
/// </summary>
/// <remarks>
/// Those not asked yet come first, then those that answered, though badly; a silent one is not asked twice. A destination that is
/// due for a probe gets this request alone. When nobody is left and the request has nowhere else to go, the sick ones are asked too:
/// better than no answer at all.
/// </remarks>
internal sealed class DestinationSelector(BreakerBoard board)
{
    /// <summary>The destinations for the next attempt. Claims a probe where one is due.</summary>
    /// <param name="cluster">The cluster to ask.</param>
    /// <param name="model">The model that a fallback names; null for the request's own.</param>
    /// <param name="tried">Whom this request has asked.</param>
    /// <param name="silent">Who of them said nothing in time.</param>
    /// <param name="hasElsewhere">Whether a fallback is left.</param>
    public DestinationSelection Select(
        ClusterState cluster, string? model, IReadOnlyCollection<DestinationState> tried, IReadOnlyCollection<DestinationState> silent, bool hasElsewhere)
    {
        var isSticky = IsSticky(cluster);
        foreach (var circle in Circles(Usable(cluster, model), isSticky, tried, silent))
        {
            var selection = Narrow(cluster, model, circle);
            if (selection.Candidates.Count > 0)
            {
                return selection;
            }
        }

        var last = MayPanic(cluster, hasElsewhere) ? Circles(AtWorst(cluster), isSticky, tried, silent).FirstOrDefault(circle => circle.Count > 0) : null;
        return new(last ?? [], null);
    }

    /// <summary>What <see cref="Select"/> would find, without claiming anything.</summary>
    /// <inheritdoc cref="Select"/>
    public DestinationOutlook Peek(
        ClusterState cluster, string? model, IReadOnlyCollection<DestinationState> tried, IReadOnlyCollection<DestinationState> silent, bool hasElsewhere)
    {
        var usable = Usable(cluster, model);
        if (IsSticky(cluster))
        {
            // Affinity will most likely choose the same one again.
            var set = usable.Count == 0 && MayPanic(cluster, hasElsewhere) ? AtWorst(cluster) : usable;
            return new(tried.Count == 0 && set.Count > 0, silent.Count == 0 && set.Any(tried.Contains));
        }

        var outlook = Look(usable);
        return outlook == default && MayPanic(cluster, hasElsewhere) ? Look(AtWorst(cluster)) : outlook;

        DestinationOutlook Look(IReadOnlyList<DestinationState> set) => new(
            set.Any(destination => IsUntried(destination, tried, silent)), set.Any(destination => MayRepeat(destination, tried, silent)));
    }

    /// <summary>Those who are well, or due to be probed.</summary>
    private IReadOnlyList<DestinationState> Usable(ClusterState cluster, string? model) => BreakerBoard.Covers(cluster)
        ? [.. WithoutActivelySick(cluster).Where(destination => board.StateOf(destination, model) is BreakerState.Closed or BreakerState.ProbeDue)]
        : cluster.DestinationsState.AvailableDestinations;

    /// <summary>One circle of candidates, the probe taken out of it or made the whole of it.</summary>
    private DestinationSelection Narrow(ClusterState cluster, string? model, IReadOnlyList<DestinationState> circle)
    {
        if (!BreakerBoard.Covers(cluster))
        {
            return new(circle, null);
        }

        BreakerProbe? probe = null;
        var well = new List<DestinationState>(circle.Count);
        foreach (var destination in circle)
        {
            switch (board.StateOf(destination, model))
            {
                case BreakerState.Closed:
                    well.Add(destination);
                    break;
                case BreakerState.ProbeDue:
                    probe ??= board.TryClaimProbe(destination, model);
                    break;
            }
        }

        if (probe is null)
        {
            return new(well, null);
        }

        // With affinity the choice is not ours: the probe must not pull a session to another destination.
        return new(HasAffinity(cluster) ? [.. well, .. (DestinationState[])[probe.Destination]] : (DestinationState[])[probe.Destination], probe);
    }

    /// <summary>The circles in which candidates are looked for, the best first.</summary>
    private static IEnumerable<IReadOnlyList<DestinationState>> Circles(
        IReadOnlyList<DestinationState> set, bool isSticky, IReadOnlyCollection<DestinationState> tried, IReadOnlyCollection<DestinationState> silent)
    {
        if (isSticky || (tried.Count == 0 && silent.Count == 0))
        {
            yield return set;
            yield break;
        }

        yield return [.. set.Where(destination => IsUntried(destination, tried, silent))];
        yield return [.. set.Where(destination => MayRepeat(destination, tried, silent))];
    }

    private static bool IsUntried(DestinationState destination, IReadOnlyCollection<DestinationState> tried, IReadOnlyCollection<DestinationState> silent) =>
        !tried.Contains(destination) && !silent.Contains(destination);

    private static bool MayRepeat(DestinationState destination, IReadOnlyCollection<DestinationState> tried, IReadOnlyCollection<DestinationState> silent) =>
        tried.Contains(destination) && !silent.Contains(destination);

    /// <summary>Those who are asked when nobody is well: the ones that active checks find sick only if there are no others.</summary>
    private static IReadOnlyList<DestinationState> AtWorst(ClusterState cluster) =>
        WithoutActivelySick(cluster) is { Count: > 0 } some ? some : cluster.DestinationsState.AllDestinations;

    private static IReadOnlyList<DestinationState> WithoutActivelySick(ClusterState cluster)
    {
        var all = cluster.DestinationsState.AllDestinations;
        return cluster.Model.Config.HealthCheck?.Active?.Enabled == true
            ? [.. all.Where(destination => destination.Health.Active != DestinationHealth.Unhealthy)]
            : all;
    }

    /// <summary>Where YARP alone says who is well, it has already said whom to ask when nobody is.</summary>
    private static bool MayPanic(ClusterState cluster, bool hasElsewhere) =>
        !hasElsewhere
        && BreakerBoard.Covers(cluster)
        && (cluster.Model.Config.HealthCheck?.AvailableDestinationsPolicy ?? HealthCheckConstants.AvailableDestinations.HealthyOrPanic)
            .Equals(HealthCheckConstants.AvailableDestinations.HealthyOrPanic, StringComparison.OrdinalIgnoreCase);

    private static bool HasAffinity(ClusterState cluster) => cluster.Model.Config.SessionAffinity?.Enabled == true;

    /// <summary>Whether a session is to get its own destination or none: then nothing is taken away but what is sick.</summary>
    private static bool IsSticky(ClusterState cluster) =>
        HasAffinity(cluster)
        && SessionAffinityConstants.FailurePolicies.Return503Error.Equals(cluster.Model.Config.SessionAffinity!.FailurePolicy, StringComparison.OrdinalIgnoreCase);
}
