using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>
/// Gives each route, whenever YARP loads it, the policy that its metadata names (<see cref="EffectivePolicy"/>), and each cluster the
/// health check that its streams need (<see cref="StreamHealth"/>).
/// </summary>
internal sealed class StreamPolicyFilter(IConfiguration configuration) : IProxyConfigFilter
{
    private Reading? _current;

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel)
    {
        var current = Current();
        return new(StreamHealth.AddTo(cluster, current.Options, current.Routes));
    }

    /// <exception cref="InvalidOperationException">There is no such policy; the validator lets none pass.</exception>
    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
    {
        var name = PolicyNames.Of(route.Metadata);
        if (PolicyNames.IsOff(name))
        {
            return new(new EffectivePolicy(PolicyNames.Off, null, route.MaxRequestBodySize).WriteTo(route));
        }

        return Current().Options.FindPolicy(name) is { } policy
            ? new(new EffectivePolicy(policy.Name, policy.Options, route.MaxRequestBodySize).WriteTo(route))
            : throw new InvalidOperationException($"Route '{route.RouteId}' names no stream policy: '{name}'.");
    }

    /// <summary>All routes and clusters of one load share one reading of the configuration.</summary>
    private Reading Current()
    {
        if (_current is not { ReadAt.HasChanged: false } current)
        {
            var token = configuration.GetReloadToken();
            var routes = ProxyConfiguration.Read(configuration, new ProblemList()).Routes;
            _current = current = new(token, EdgeProxyOptions.Read(configuration), [.. routes.Select(route => route.Config)]);
        }

        return current;
    }

    private sealed record Reading(IChangeToken ReadAt, EdgeProxyOptions Options, IReadOnlyList<RouteConfig> Routes);
}
