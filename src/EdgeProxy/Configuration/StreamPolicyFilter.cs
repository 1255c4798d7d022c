using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>Gives each route, whenever YARP loads it, the policy that its metadata names: see <see cref="EffectivePolicy"/>.</summary>
internal sealed class StreamPolicyFilter(IConfiguration configuration) : IProxyConfigFilter
{
    private (IChangeToken ReadAt, EdgeProxyOptions Options)? _current;

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => new(cluster);

    /// <exception cref="InvalidOperationException">There is no such policy; the validator lets none pass.</exception>
    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
    {
        var name = PolicyNames.Of(route.Metadata);
        if (PolicyNames.IsOff(name))
        {
            return new(new EffectivePolicy(PolicyNames.Off, null, route.MaxRequestBodySize).WriteTo(route));
        }

        return Options().FindPolicy(name) is { } policy
            ? new(new EffectivePolicy(policy.Name, policy.Options, route.MaxRequestBodySize).WriteTo(route))
            : throw new InvalidOperationException($"Route '{route.RouteId}' names no stream policy: '{name}'.");
    }

    /// <summary>All routes of one load share one reading of the options.</summary>
    private EdgeProxyOptions Options()
    {
        if (_current is not { ReadAt.HasChanged: false } current)
        {
            var token = configuration.GetReloadToken();
            var options = new SectionReader(new ProblemList()).Read<EdgeProxyOptions>(configuration.GetSection(EdgeProxyOptions.Section));
            _current = current = (token, options);
        }

        return current.Options;
    }
}
