using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;

namespace EdgeProxy.Configuration;

/// <summary>The passive health check <c>StreamFailures</c> in a cluster's configuration.</summary>
internal static class StreamHealth
{
    /// <summary>What a cluster's <c>HealthCheck:Passive:Policy</c> calls it.</summary>
    public const string PolicyName = "StreamFailures";

    private static readonly TimeSpan DefaultReactivationPeriod = TimeSpan.FromSeconds(10);

    /// <summary>Whether the cluster's destinations are judged by it.</summary>
    public static bool IsEnabled(ClusterConfig cluster) =>
        cluster.HealthCheck?.Passive is { Enabled: true } passive && PolicyName.Equals(passive.Policy, StringComparison.OrdinalIgnoreCase);

    /// <summary>How long a destination that fails is left alone: 10 s unless set.</summary>
    public static TimeSpan ReactivationPeriod(ClusterConfig cluster) => cluster.HealthCheck?.Passive?.ReactivationPeriod ?? DefaultReactivationPeriod;

    /// <summary>
    /// The cluster with the check, if it configures no passive health of its own and a request that it fails has somewhere else to go.
    /// When all its destinations fail, they are asked all the same, unless the cluster says otherwise.
    /// </summary>
    public static ClusterConfig AddTo(ClusterConfig cluster, EdgeProxyOptions options, IEnumerable<RouteConfig> routes)
    {
        if (cluster.HealthCheck?.Passive is not null || !HasElsewhere(cluster, options, routes))
        {
            return cluster;
        }

        var health = cluster.HealthCheck ?? new HealthCheckConfig();
        return cluster with
        {
            HealthCheck = health with
            {
                Passive = new() { Enabled = true, Policy = PolicyName, ReactivationPeriod = DefaultReactivationPeriod },
                AvailableDestinationsPolicy = health.AvailableDestinationsPolicy ?? HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
            },
        };
    }

    /// <summary>Whether there is another destination, or a route whose streams go on to a fallback after this cluster.</summary>
    private static bool HasElsewhere(ClusterConfig cluster, EdgeProxyOptions options, IEnumerable<RouteConfig> routes) =>
        cluster.Destinations is { Count: > 1 }
        || routes.Any(route => Stations(route, options).SkipLast(1).Contains(cluster.ClusterId, StringComparer.OrdinalIgnoreCase));

    /// <summary>The clusters that a route's streams are sent to, in their order.</summary>
    private static IEnumerable<string?> Stations(RouteConfig route, EdgeProxyOptions options)
    {
        var policy = PolicyNames.Of(route.Metadata);
        var fallbacks = PolicyNames.IsOff(policy) ? [] : options.FindPolicy(policy)?.Options.Attempts.Fallbacks ?? [];
        return [route.ClusterId, .. fallbacks.Select(fallback => fallback.Cluster)];
    }
}
