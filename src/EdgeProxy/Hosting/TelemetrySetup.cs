using EdgeProxy.Configuration;
using EdgeProxy.Telemetry;

namespace EdgeProxy.Hosting;

/// <summary>Puts the OTLP export into the host, where an endpoint is set; else there is nothing of it.</summary>
internal sealed class TelemetrySetup : IConfigurationRule
{
    /// <summary>Adds the export. It is read at the start: a reload does not change it.</summary>
    public static void Apply(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IConfigurationRule, TelemetrySetup>();
        var settings = OtlpSettings.Read(configuration);
        var problems = new ProblemList();
        new TelemetrySetup().Check(configuration, problems);
        if (!settings.IsAnyOn || problems.Errors.Count > 0)
        {
            return;
        }

        services.AddSingleton(_ => new OpenTelemetryHost(settings, configuration));
        services.AddHostedService(static provider => provider.GetRequiredService<OpenTelemetryHost>());
        services.AddSingleton<ILoggerProvider>(static provider => provider.GetRequiredService<OpenTelemetryHost>());
    }

    /// <summary>Checks what the SDK would pass over in silence, to export to its default address.</summary>
    public void Check(IConfiguration configuration, ProblemList problems)
    {
        foreach (var key in OtlpSettings.EndpointKeys)
        {
            if (configuration[key] is { } url && !string.IsNullOrWhiteSpace(url) && !ScalarValue.IsHttpUrl(url))
            {
                problems.Error(key, $"is '{url}'", "an absolute http or https URL such as http://localhost:4318");
            }
        }

        foreach (var key in OtlpSettings.ProtocolKeys)
        {
            if (configuration[key] is { } protocol && !string.IsNullOrWhiteSpace(protocol) && !OtlpSettings.Protocols.Contains(protocol))
            {
                problems.Error(key, $"is '{protocol}'", string.Join(", ", OtlpSettings.Protocols));
            }
        }
    }
}
