using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>A place in the order of clusters: the route's own first, then each fallback.</summary>
/// <param name="Index">Its place; 0 is the route's own cluster.</param>
/// <param name="Route">The route, bound to this stage's cluster.</param>
/// <param name="Model">What is written into the request's <c>model</c>; null leaves the request's own.</param>
internal sealed record AttemptStage(int Index, RouteModel Route, string? Model)
{
    /// <summary>The cluster that is asked.</summary>
    public ClusterState Cluster => Route.Cluster!;
}
