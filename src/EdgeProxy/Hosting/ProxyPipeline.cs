using EdgeProxy.Configuration;

namespace EdgeProxy.Hosting;

/// <summary>The proxy itself: YARP, its routes and clusters, and each route's stream policy.</summary>
internal static class ProxyPipeline
{
    /// <summary>Registers what the proxy needs.</summary>
    public static void AddEdgeProxyCore(this WebApplicationBuilder builder) =>
        builder.Services.AddReverseProxy().LoadWithStreamPolicies(builder.Configuration);

    /// <summary>Maps the routes.</summary>
    public static void MapEdgeProxy(this WebApplication app) => app.MapReverseProxy().AddStreamPolicies();
}
