using EdgeProxy.Admin;
using EdgeProxy.Configuration;
using EdgeProxy.Transport;

namespace EdgeProxy.Hosting;

/// <summary>Builds the web application. Nothing of it comes from ASP.NET Core's defaults unseen: the builder starts empty.</summary>
internal static partial class EdgeProxyHost
{
    /// <summary>Builds a proxy that is ready to start.</summary>
    /// <exception cref="InvalidConfigurationException">The configuration has errors; the exception has all of them.</exception>
    public static WebApplication Create(EdgeProxyHostSettings settings)
    {
        var (app, report) = Build(settings);
        if (!report.IsValid)
        {
            ((IDisposable)app).Dispose();
            throw new InvalidConfigurationException(report);
        }

        foreach (var warning in report.Warnings)
        {
            LogWarning(app.Logger, warning);
        }

        RunningRequests.Use(app);
        app.UseRequestSpans();
        app.UseDrainRefusal();
        app.UseRouteGuards();
        app.MapEdgeProxy();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            LogStarted(app.Logger, string.Join(", ", app.Urls), report.Summary);
            if (app.Services.GetService<AdminListener>()?.BoundTo is { } admin)
            {
                LogAdmin(app.Logger, admin);
            }
        });
        return app;
    }

    /// <summary>Judges the configuration exactly as <see cref="Create"/> does, without starting anything.</summary>
    public static ConfigurationReport Check(EdgeProxyHostSettings settings)
    {
        var (app, report) = Build(settings);
        using (app)
        {
            return report;
        }
    }

    /// <summary>The configuration that a host of these settings would start with, judged by nobody.</summary>
    public static IConfiguration ReadConfiguration(EdgeProxyHostSettings settings)
    {
        var sources = Sources(settings);
        return sources.Compose(sources.Files.Load());
    }

    private static ConfigurationSources Sources(EdgeProxyHostSettings settings)
    {
        var files = settings.ConfigPaths is { } paths
            ? ConfigurationFiles.Explicit(paths, settings.WorkingDirectory)
            : ConfigurationFiles.Default(settings.WorkingDirectory);
        return new ConfigurationSources(files, settings.ReadEnvironment, settings.Settings);
    }

    private static (WebApplication App, ConfigurationReport Report) Build(EdgeProxyHostSettings settings)
    {
        var sources = Sources(settings);
        var contents = sources.Files.Load();
        var atStart = sources.Compose(contents);

        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = settings.WorkingDirectory });
        if (!ServerSetup.HasAddress(atStart))
        {
            builder.Configuration.AddInMemoryCollection([new("urls", ServerSetup.DefaultUrl)]);
        }

        var provider = sources.AddTo(builder.Configuration, contents);
        LoggingSetup.Apply(builder.Logging, builder.Configuration);
        builder.WebHost.UseKestrel((context, options) => ServerSetup.Apply(options, context.Configuration));
        builder.Services.AddTransport(socketsOnly: EdgeProxyOptions.Read(atStart).Transport == TransportKind.Sockets);
        builder.Services.AddSingleton(settings.Time);
        builder.Services.AddSingleton<ServerCertificates>();
        builder.Services.AddSingleton<IConfigurationRule, ServerSetup>();
        builder.Services.AddSingleton<IConfigurationRule, LoggingSetup>();
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<LiveConfiguration>(services, sources, provider, contents));
        AdminSetup.Apply(builder.Services, atStart);
        TelemetrySetup.Apply(builder.Services, atStart);
        builder.Services.AddDrain();
        builder.Services.AddHostedService<ConfigurationWatcher>();
        builder.Services.AddRequestTimeouts();
        builder.AddEdgeProxyCore();
        settings.ConfigureServices?.Invoke(builder.Services);

        var app = builder.Build();
        var report = app.Services.GetRequiredService<ConfigurationValidator>().Validate(atStart, contents);
        return (app, report);
    }

    [LoggerMessage(1, LogLevel.Information, "EdgeProxy listens on {Addresses}: {Summary}", EventName = "Started")]
    private static partial void LogStarted(ILogger logger, string addresses, string summary);

    [LoggerMessage(2, LogLevel.Warning, "Configuration: {Problem}", EventName = "ConfigurationWarning")]
    private static partial void LogWarning(ILogger logger, ConfigurationProblem problem);

    [LoggerMessage(3, LogLevel.Information, "The admin listener is on {Address}", EventName = "AdminStarted")]
    private static partial void LogAdmin(ILogger logger, Uri address);
}
