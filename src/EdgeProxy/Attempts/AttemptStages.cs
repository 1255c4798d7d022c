using EdgeProxy.Configuration;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>The order of clusters for one request: the route's own, then each fallback that there is.</summary>
internal sealed class AttemptStages(RouteModel route, IReadOnlyList<FallbackOptions> fallbacks, IProxyStateLookup clusters)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, AttemptStage> _made = [];

    /// <summary>The route's own cluster.</summary>
    public AttemptStage First { get; } = new(0, route, Model: null);

    /// <summary>
    /// The stage after <paramref name="stage"/>; null if that was the last. A cluster that a reload has removed is passed over, also where it was
    /// counted on before; while there is the same cluster there is the same stage. Safe to call from any thread.
    /// </summary>
    public AttemptStage? After(AttemptStage stage)
    {
        lock (_lock)
        {
            for (var index = stage.Index + 1; index <= fallbacks.Count; index++)
            {
                var fallback = fallbacks[index - 1];
                if (!clusters.TryGetCluster(fallback.Cluster, out var cluster))
                {
                    continue;
                }

                if (!_made.TryGetValue(index, out var made) || made.Cluster != cluster)
                {
                    _made[index] = made = new AttemptStage(index, new RouteModel(route.Config, cluster, route.Transformer), fallback.Model);
                }

                return made;
            }
        }

        return null;
    }
}
