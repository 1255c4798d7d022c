using EdgeProxy.Admin;
using EdgeProxy.Admin.Live;
using EdgeProxy.Configuration;
using EdgeProxy.Telemetry;

namespace EdgeProxy.Hosting;

/// <summary>Puts the admin listener into the host.</summary>
internal sealed class AdminSetup : IConfigurationRule
{
    /// <summary>Adds the listener, first of all services: as such it starts first and stops last.</summary>
    public static void Apply(IServiceCollection services, IConfiguration configuration)
    {
        var address = AdminAddress.Read(configuration);
        services.AddSingleton<IConfigurationRule, AdminAddressRule>();
        services.AddSingleton<IConfigurationRule, AdminSetup>();
        services.AddSingleton<IAdminEndpoints, HealthEndpoints>();
        services.AddSingleton<IAdminEndpoints, StreamsEndpoint>();
        services.AddSingleton<LiveSnapshot>();
        services.AddSingleton<IAdminEndpoints, LiveFeed>();
        services.AddSingleton<IAdminEndpoints, LivePage>();
        services.AddSingleton<MetricStore>();
        services.AddSingleton<IAdminEndpoints, MetricsEndpoint>();
        if (!IsInTheWay(address, configuration))
        {
            services.AddSingleton(address);
            services.AddSingleton<AdminListener>();
            services.AddHostedService(provider => provider.GetRequiredService<AdminListener>());
            services.AddHostedService(provider => provider.GetRequiredService<MetricStore>());
        }
    }

    /// <inheritdoc/>
    public void Check(IConfiguration configuration, ProblemList problems)
    {
        if (AdminAddress.Read(configuration) is var address && IsInTheWay(address, configuration))
        {
            problems.Warn(AdminAddress.Key, $"has its default, {address.Binding}, but the proxy itself listens on that port: there is no admin listener");
        }
    }

    /// <summary>Whether the default would take a port that the proxy was told to listen on.</summary>
    private static bool IsInTheWay(AdminAddress address, IConfiguration configuration) =>
        !address.IsConfigured && ListenAddress.Ports(configuration).Contains(address.Url.Port);
}
