using Microsoft.Extensions.Hosting;

namespace EdgeProxy.Hosting;

/// <summary>Puts the orderly end into the host.</summary>
internal static class DrainSetup
{
    /// <summary>Adds signals and drain. The host's own limit, which is read once and runs on real time, gives way to <see cref="DrainService.GaveUp"/>.</summary>
    public static void AddDrain(this IServiceCollection services)
    {
        services.AddSingleton<RunningRequests>();
        services.AddSingleton<StopNet>();
        services.AddSingleton<DrainService>();
        services.AddHostedService(provider => provider.GetRequiredService<DrainService>());
        services.AddSingleton<IHostLifetime, StopSignals>();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
    }
}
