using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EdgeProxy.Telemetry;

/// <summary>
/// Sends traces, metrics and logs by OTLP. It stands in for <c>OpenTelemetry.Extensions.Hosting</c> (docs/decisions/012): made when the host is
/// built, since logging begins there, and flushed when the host has stopped everything else.
/// </summary>
internal sealed class OpenTelemetryHost : IHostedService, ILoggerProvider
{
    /// <summary>How long what is left may take to go out at the end: the process is asked to be gone by then.</summary>
    public static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(3);

    /// <summary>The activity sources that are exported.</summary>
    public static readonly string[] Sources = [TelemetryNames.Source, "Microsoft.AspNetCore", "System.Net.Http"];

    /// <summary>The meters that are exported, and served to Prometheus.</summary>
    public static readonly string[] Meters =
        [TelemetryNames.Source, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime"];

    private readonly OpenTelemetrySdk _sdk;
    private readonly ActivityListener? _exceptions;
    private readonly ILoggerFactory? _loggers;

    /// <summary>Makes the exporters of the signals that are on.</summary>
    public OpenTelemetryHost(OtlpSettings settings, IConfiguration configuration)
    {
        _sdk = OpenTelemetrySdk.Create(builder =>
        {
            // The SDK reads its variables from here: the environment, and what the host's configuration has above and below it.
            builder.Services.AddSingleton(configuration);
            builder.ConfigureResource(static resource => resource
                .Clear()
                .AddTelemetrySdk()
                .AddService("edgeproxy", serviceVersion: typeof(OpenTelemetryHost).Assembly.GetName().Version?.ToString(3))
                .AddEnvironmentVariableDetector());
            if (settings.Traces)
            {
                builder.WithTracing(traces => traces
                    .AddSource(Sources)
                    .AddProcessor(new PathAlone())
                    .AddOtlpExporter(options => ApplySignal(options, "TRACES", configuration)));
            }

            if (settings.Metrics)
            {
                builder.WithMetrics(metrics => metrics
                    .AddMeter(Meters)
                    .AddOtlpExporter(options => ApplySignal(options, "METRICS", configuration)));
            }

            if (settings.Logs)
            {
                // The host's own filters decide what comes here at all.
                builder.Services.Configure<LoggerFilterOptions>(static filter => filter.MinLevel = LogLevel.Trace);
                builder.WithLogging(
                    logs => logs.AddOtlpExporter(options => ApplySignal(options, "LOGS", configuration)), static options => options.IncludeFormattedMessage = true);
            }
        });
        ExportsTraces = settings.Traces;
        if (settings.Traces)
        {
            _exceptions = new ActivityListener { ShouldListenTo = static source => Sources.Contains(source.Name), ExceptionRecorder = NameException };
            ActivitySource.AddActivityListener(_exceptions);
        }

        _loggers = settings.Logs ? _sdk.GetLoggerFactory() : null;
    }

    /// <summary>Whether spans are exported.</summary>
    public bool ExportsTraces { get; }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        _loggers?.CreateLogger(categoryName) ?? (ILogger)Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what is left, within <see cref="FlushLimit"/>, whoever is impatient: the last streams are the ones that matter.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        var limit = (int)FlushLimit.TotalMilliseconds;
        return Task.WhenAll(
            Task.Run(() => _sdk.TracerProvider.ForceFlush(limit), CancellationToken.None),
            Task.Run(() => _sdk.MeterProvider.ForceFlush(limit), CancellationToken.None),
            Task.Run(() => _sdk.LoggerProvider.ForceFlush(limit), CancellationToken.None));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _exceptions?.Dispose();
        _sdk.Dispose();
    }

    /// <summary>The framework notes exceptions on its spans with their messages, and some of those quote the answer: names stand in for them.</summary>
    private static void NameException(Activity activity, Exception exception, ref TagList tags)
    {
        tags.Add("exception.type", exception.GetType().FullName);
        tags.Add("exception.message", FailureWords.Cause(exception));
        tags.Add("exception.stacktrace", "");
    }

    /// <summary>The variables of one signal, which stand above those of all: the SDK reads them only where it exports all three.</summary>
    private static void ApplySignal(OtlpExporterOptions options, string signal, IConfiguration configuration)
    {
        if (Variable("ENDPOINT") is { } endpoint)
        {
            options.Endpoint = new Uri(endpoint);
        }

        if (Variable("PROTOCOL") is { } protocol)
        {
            options.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (Variable("HEADERS") is { } headers)
        {
            options.Headers = headers;
        }

        if (int.TryParse(Variable("TIMEOUT"), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0)
        {
            options.TimeoutMilliseconds = milliseconds;
        }

        string? Variable(string name) => configuration[$"OTEL_EXPORTER_OTLP_{signal}_{name}"] is { Length: > 0 } value ? value : null;
    }

    /// <summary>A query may hold a key (<c>?key=</c>): of an address only what stands before it is exported, whatever the framework's own switches say.</summary>
    private sealed class PathAlone : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            if (data.GetTagItem("url.query") is not null)
            {
                data.SetTag("url.query", null);
            }

            if (data.GetTagItem("url.full") is string url && url.IndexOf('?', StringComparison.Ordinal) is >= 0 and var query)
            {
                data.SetTag("url.full", url[..query]);
            }
        }
    }
}
