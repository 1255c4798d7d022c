using EdgeProxy.Configuration;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>The order of clusters for one request: the route's own, then each fallback that there is.</summary>
internal sealed class AttemptStages(RouteModel route, IReadOnlyList<FallbackOptions> fallbacks, IProxyStateLookup clusters)
{
    private readonly Dictionary<int, AttemptStage> _made = [];

    /// <summary>The route's own cluster.</summary>
    public AttemptStage First { get; } = new(0, route, Model: null);

    /// <summary>The stage after <paramref name="stage"/>; null if that was the last. A cluster that a reload has removed is passed over.</summary>
    public AttemptStage? After(AttemptStage stage)
    {
        for (var index = stage.Index + 1; index <= fallbacks.Count; index++)
        {
            if (_made.TryGetValue(index, out var made))
            {
                return made;
            }

            var fallback = fallbacks[index - 1];
            if (clusters.TryGetCluster(fallback.Cluster, out var cluster))
            {
                return _made[index] = new AttemptStage(index, new RouteModel(route.Config, cluster, route.Transformer), fallback.Model);
            }
        }

        return null;
    }
}
