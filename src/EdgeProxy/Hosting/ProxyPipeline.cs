using EdgeProxy.Admission;
using EdgeProxy.Attempts;
using EdgeProxy.Configuration;
using EdgeProxy.Forwarding;
using EdgeProxy.Pipeline;
using EdgeProxy.Streaming;
using EdgeProxy.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;

namespace EdgeProxy.Hosting;

/// <summary>The YARP pipeline, with EdgeProxy's two places in it.</summary>
internal static class ProxyPipeline
{
    /// <summary>Maps the routes.</summary>
    public static void MapEdgeProxy(this WebApplication app) =>
        app.MapReverseProxy(proxy =>
        {
            proxy.UseMiddleware<StreamingMiddleware>();
            proxy.UseSessionAffinity();
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
            proxy.UseMiddleware<AttemptMiddleware>();
        }).AddStreamPolicies();

    /// <summary>Adds what the pipeline is made of.</summary>
    public static void AddEdgeProxyCore(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddReverseProxy()
            .LoadWithStreamPolicies(builder.Configuration);
        services.AddSingleton<IForwarderHttpClientFactory, UpstreamHttpClient>();
        services.Decorate<IHttpForwarder>((yarp, provider) => new StreamForwarder(new DirectForwarder(yarp, provider.GetRequiredService<ILoggerFactory>())));
        services.AddSingleton<BreakerBoard>();
        services.AddSingleton<DestinationSelector>();
        services.AddSingleton<IPassiveHealthCheckPolicy, StreamFailuresPolicy>();
        services.AddMetrics();
        services.AddSingleton<StreamMetrics>();
        services.AddSingleton<AttemptLoop>();
        services.AddSingleton<StreamRegistry>();
        services.AddSingleton<StreamLog>();
        services.AddSingleton<RecentStreams>();
        services.AddSingleton<StreamTelemetry>();
        services.AddHostedService<StateMetrics>();
        services.AddHostedService<KeepAliveSweep>();
        services.AddSingleton<AdmissionControl>();
        services.AddHostedService<AdmissionReload>();
    }

    private static void Decorate<TService>(this IServiceCollection services, Func<TService, IServiceProvider, TService> decorate)
        where TService : class
    {
        var original = services.Last(service => service.ServiceType == typeof(TService));
        services.Remove(original);
        services.AddSingleton(provider =>
            decorate((TService)ActivatorUtilities.CreateInstance(provider, original.ImplementationType!), provider));
    }
}
