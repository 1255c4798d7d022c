namespace EdgeProxy.Telemetry;

/// <summary>
/// Which signals go out by OTLP, by OpenTelemetry's standard variables. Each is off unless an endpoint is named for it; all else
/// (protocol, headers, intervals, sampler, service name) the SDK reads itself.
/// </summary>
/// <param name="Traces">Whether spans are exported.</param>
/// <param name="Metrics">Whether metrics are exported.</param>
/// <param name="Logs">Whether log lines are exported.</param>
internal readonly record struct OtlpSettings(bool Traces, bool Metrics, bool Logs)
{
    /// <summary>The variables that hold an endpoint: for all signals, and for one.</summary>
    public static readonly string[] EndpointKeys =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    /// <summary>The variables that hold a protocol.</summary>
    public static readonly string[] ProtocolKeys =
        ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL"];

    /// <summary>The protocols that there are.</summary>
    public static readonly string[] Protocols = ["grpc", "http/protobuf"];

    /// <summary>Whether anything is exported.</summary>
    public bool IsAnyOn => Traces || Metrics || Logs;

    /// <summary>Reads the variables.</summary>
    public static OtlpSettings Read(IConfiguration configuration)
    {
        if (string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase))
        {
            return default;
        }

        return new(IsOn("TRACES"), IsOn("METRICS"), IsOn("LOGS"));

        bool IsOn(string signal) =>
            !string.Equals(configuration[$"OTEL_{signal}_EXPORTER"], "none", StringComparison.OrdinalIgnoreCase)
            && (IsSet(EndpointKeys[0]) || IsSet($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"));

        bool IsSet(string key) => !string.IsNullOrWhiteSpace(configuration[key]);
    }
}
