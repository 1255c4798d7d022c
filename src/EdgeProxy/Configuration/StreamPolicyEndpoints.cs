using Microsoft.Extensions.DependencyInjection.Extensions;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>How stream policies get into YARP: through a filter into its routes, and from there into endpoint metadata.</summary>
internal static class StreamPolicyEndpoints
{
    /// <summary>Loads routes and clusters from the live configuration, each route with its stream policy.</summary>
    public static IReverseProxyBuilder LoadWithStreamPolicies(this IReverseProxyBuilder proxy, IConfiguration configuration)
    {
        proxy.Services.TryAddSingleton<ConfigurationState>();
        proxy.Services.TryAddSingleton<ConfigurationValidator>();
        proxy.Services.TryAddSingleton<RouteOverview>();
        proxy.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigChangeListener, ProxyChangeListener>());
        return proxy
            .LoadFromConfig(configuration.GetSection(ProxyConfiguration.Section))
            .AddConfigFilter<StreamPolicyFilter>();
    }

    /// <summary>Adds the compiled <see cref="StreamPolicy"/> to the endpoint of each route that has one.</summary>
    public static ReverseProxyConventionBuilder AddStreamPolicies(this ReverseProxyConventionBuilder proxy) =>
        proxy.ConfigureEndpoints((endpoint, route) =>
        {
            if (EffectivePolicy.ReadFrom(route) is { Options: { } options } policy)
            {
                var compiled = StreamPolicy.Compile(policy.Name, route.RouteId, route.ClusterId, options, policy.MaxRequestBodySize);
                var client = compiled.Client with
                {
                    OpeningHeaders = RouteHeaders.Of(route, succeeds: true),
                    RefusalHeaders = RouteHeaders.Of(route, succeeds: false),
                };
                endpoint.WithMetadata(compiled with { Client = client });
            }
        });
}
