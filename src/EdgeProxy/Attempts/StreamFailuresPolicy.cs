using EdgeProxy.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>
/// YARP's passive health check <c>StreamFailures</c>: hears of every attempt that has ended and tells the <see cref="BreakerBoard"/>
/// what it says of the destination. Requests that are no attempts say nothing.
/// </summary>
internal sealed class StreamFailuresPolicy(BreakerBoard board) : IPassiveHealthCheckPolicy
{
    /// <inheritdoc/>
    public string Name => StreamHealth.PolicyName;

    /// <inheritdoc/>
    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        if (context.Features.Get<Attempt>() is not { } attempt)
        {
            return;
        }

        var verdict = attempt.Judge(context);
        if (verdict == DestinationVerdict.SaysNothing)
        {
            return;
        }

        var asked = AskedCluster(context, cluster);
        if (verdict == DestinationVerdict.Bad)
        {
            board.Failed(asked, destination, attempt.Model, attempt.BeganAt);
        }
        else
        {
            board.Succeeded(asked, destination, attempt.Model, attempt.BeganAt);
        }
    }

    /// <summary>YARP names the route's cluster; a fallback asks another.</summary>
    private static ClusterState AskedCluster(HttpContext context, ClusterState ofRoute)
    {
        var asked = context.GetReverseProxyFeature().Cluster.Config.ClusterId;
        return !asked.Equals(ofRoute.ClusterId, StringComparison.OrdinalIgnoreCase)
            && context.RequestServices.GetRequiredService<IProxyStateLookup>().TryGetCluster(asked, out var found) ? found : ofRoute;
    }
}
