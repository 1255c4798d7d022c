using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using EdgeProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>
/// The breakers of all destinations: one for each model that a fallback asks a destination for, and one for the requests that name
/// their model themselves (<c>model</c> is null). What the latter says is told to YARP too, so that plain requests pass over a sick
/// destination as streams do; YARP takes it up again by itself when the reactivation period is over.
/// </summary>
internal sealed partial class BreakerBoard(TimeProvider timeProvider, IDestinationHealthUpdater health, ILogger<BreakerBoard> logger)
{
    private const string OwnModel = "the request's own";

    // A destination that is removed from the configuration takes its breakers with it.
    private readonly ConditionalWeakTable<DestinationState, ConcurrentDictionary<ModelKey, Breaker>> _breakers = [];

    /// <summary>Whether the cluster's destinations are judged here: its passive health policy is <c>StreamFailures</c>, and enabled.</summary>
    public static bool Covers(ClusterState cluster) => StreamHealth.IsEnabled(cluster.Model.Config);

    /// <summary>What is known of the destination for the model.</summary>
    public BreakerState StateOf(DestinationState destination, string? model) => Find(destination, model)?.State ?? BreakerState.Closed;

    /// <summary>An attempt has got its first event: see <see cref="Breaker.Answered"/>.</summary>
    public void Answered(ClusterState cluster, DestinationState destination, string? model, long beganAt)
    {
        if (Find(destination, model)?.Answered(beganAt) == true)
        {
            TellClosed(cluster, destination, model);
        }
    }

    /// <summary>An attempt was answered to the end.</summary>
    public void Succeeded(ClusterState cluster, DestinationState destination, string? model, long beganAt)
    {
        if (Find(destination, model)?.Succeeded(beganAt) == true)
        {
            TellClosed(cluster, destination, model);
        }
    }

    /// <summary>
    /// An attempt failed by the destination's fault. One failure too many leaves it alone for the cluster's <c>ReactivationPeriod</c>,
    /// by default 10 s.
    /// </summary>
    public void Failed(ClusterState cluster, DestinationState destination, string? model, long beganAt)
    {
        var period = StreamHealth.ReactivationPeriod(cluster.Model.Config);
        var breaker = _breakers.GetOrCreateValue(destination).GetOrAdd(new(model), static (_, time) => new Breaker(time), timeProvider);
        if (!breaker.Failed(beganAt, period))
        {
            return;
        }

        LogOpened(destination.DestinationId, cluster.ClusterId, model ?? OwnModel, period);
        if (model is null)
        {
            health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, period);
        }
    }

    /// <summary>Makes the caller's request the probe of the destination, if one is due; else null.</summary>
    public BreakerProbe? TryClaimProbe(DestinationState destination, string? model) =>
        Find(destination, model) is { } breaker && breaker.TryClaim(out var claim) ? new BreakerProbe(destination, breaker, claim) : null;

    private Breaker? Find(DestinationState destination, string? model) =>
        _breakers.TryGetValue(destination, out var models) && models.TryGetValue(new(model), out var breaker) ? breaker : null;

    private void TellClosed(ClusterState cluster, DestinationState destination, string? model)
    {
        LogClosed(destination.DestinationId, cluster.ClusterId, model ?? OwnModel);
        if (model is null)
        {
            health.SetPassive(cluster, destination, DestinationHealth.Healthy, TimeSpan.Zero);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Destination {Destination} of cluster {Cluster} fails and is skipped for {Period} (model: {Model})", EventName = "DestinationSkipped")]
    private partial void LogOpened(string destination, string cluster, string model, TimeSpan period);

    [LoggerMessage(2, LogLevel.Information, "Destination {Destination} of cluster {Cluster} answers again (model: {Model})", EventName = "DestinationBack")]
    private partial void LogClosed(string destination, string cluster, string model);

    private readonly record struct ModelKey(string? Model);
}
