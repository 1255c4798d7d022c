using EdgeProxy.Telemetry;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Tests.Telemetry;

public sealed class OtlpSettingsTests
{
    private const string All = "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318";

    /// <summary>The variables and what is exported: traces, metrics, logs.</summary>
    public static TheoryData<string, string> Variables => new()
    {
        { "", "" },
        { "OTEL_SERVICE_NAME=x;OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "" },
        { "OTEL_EXPORTER_OTLP_ENDPOINT= ", "" },
        { All, "TML" },
        { All + ";OTEL_SDK_DISABLED=TRUE", "" },
        { All + ";OTEL_SDK_DISABLED=false", "TML" },
        { All + ";OTEL_TRACES_EXPORTER=none", "ML" },
        { All + ";OTEL_METRICS_EXPORTER=none;OTEL_LOGS_EXPORTER=none", "T" },
        { All + ";OTEL_LOGS_EXPORTER=otlp", "TML" },
        { "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c/t", "T" },
        { "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://c/m;OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=http://c/l", "ML" },
    };

    [Theory]
    [MemberData(nameof(Variables))]
    public void Signal_IsOnWhereItHasAnEndpoint(string variables, string expected)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(static pair => pair.Split('=', 2)).Select(static pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
            .Build();

        var settings = OtlpSettings.Read(configuration);
        Assert.Equal(expected, (settings.Traces ? "T" : "") + (settings.Metrics ? "M" : "") + (settings.Logs ? "L" : ""));
        Assert.Equal(expected.Length > 0, settings.IsAnyOn);
    }
}
