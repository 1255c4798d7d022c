using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.TestKit;

/// <summary>A span as it arrived.</summary>
internal sealed record OtlpSpan(
    string Source, string Name, string TraceId, string SpanId, string ParentId, int Kind, bool IsError, ulong Start, ulong End,
    IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<(string Name, ulong Time)> Events)
{
    /// <summary>The kinds that matter here, as OTLP numbers them.</summary>
    public const int Internal = 1, Server = 2, Client = 3;
}

/// <summary>One point of a metric as it arrived; a histogram's value is its sum.</summary>
internal sealed record OtlpPoint(
    string Meter, string Name, string Unit, string Kind, double Value, ulong Count, IReadOnlyList<double> Bounds, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A log line as it arrived.</summary>
internal sealed record OtlpLog(string Category, int Severity, string Body, string TraceId, string EventName, IReadOnlyDictionary<string, string> Attributes);

/// <summary>
/// A collector: takes OTLP over HTTP with protocol buffers, or over gRPC (opentelemetry-proto 1, <c>collector/*/v1</c>) and keeps all that comes.
/// </summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentQueue<OtlpPoint> _points = new();
    private readonly ConcurrentQueue<OtlpLog> _logs = new();
    private readonly ConcurrentQueue<byte[]> _raw = new();
    private readonly ConcurrentDictionary<string, string> _resource = new();
    private readonly ConcurrentQueue<(string Path, string Header)> _requests = new();

    private OtlpReceiver(WebApplication app)
    {
        _app = app;
        app.MapPost("/v1/traces", context => TakeAsync(context, ReadSpans));
        app.MapPost("/v1/metrics", context => TakeAsync(context, ReadMetrics));
        app.MapPost("/v1/logs", context => TakeAsync(context, ReadLogs));
        app.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", context => TakeGrpcAsync(context, ReadSpans));
        app.MapPost("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", context => TakeGrpcAsync(context, ReadMetrics));
        app.MapPost("/opentelemetry.proto.collector.logs.v1.LogsService/Export", context => TakeGrpcAsync(context, ReadLogs));
    }

    /// <summary>Its address: what <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set to.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The same for the protocol <c>grpc</c>.</summary>
    public Uri Grpc { get; private set; } = null!;

    public IReadOnlyCollection<OtlpSpan> Spans => _spans;

    public IReadOnlyCollection<OtlpPoint> Points => _points;

    public IReadOnlyCollection<OtlpLog> Logs => _logs;

    /// <summary>The attributes of who sent it.</summary>
    public IReadOnlyDictionary<string, string> Resource => _resource;

    /// <summary>The requests: their path, and their header <c>x-otlp-test</c>.</summary>
    public IReadOnlyCollection<(string Path, string Header)> Requests => _requests;

    /// <summary>Every byte that came, so that a test can look for what must not be among them.</summary>
    public string Raw => string.Concat(_raw.Select(Encoding.Latin1.GetString));

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, static options => options.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, static options => options.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var receiver = new OtlpReceiver(app);
        await app.StartAsync();
        var addresses = app.Urls.ToArray();
        receiver.Address = new Uri(addresses[0]);
        receiver.Grpc = new Uri(addresses[1]);
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context, Action<Protobuf> read)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Take(context, body.ToArray(), read);
        context.Response.ContentType = "application/x-protobuf";
    }

    /// <summary>One message of gRPC: a flag for compression, four bytes of length, and the message; the status comes in the trailers.</summary>
    private async Task TakeGrpcAsync(HttpContext context, Action<Protobuf> read)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Take(context, body.ToArray()[5..], read);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private void Take(HttpContext context, byte[] message, Action<Protobuf> read)
    {
        _raw.Enqueue(message);
        _requests.Enqueue((context.Request.Path.Value!, context.Request.Headers["x-otlp-test"].ToString()));
        read(new Protobuf(message));
    }

    private void ReadResource(Protobuf entry)
    {
        foreach (var (name, value) in Attributes(entry.Message(1), 1))
        {
            _resource[name] = value;
        }
    }

    private void ReadSpans(Protobuf request)
    {
        foreach (var resource in request.Messages(1))
        {
            ReadResource(resource);
            foreach (var scope in resource.Messages(2))
            {
                foreach (var span in scope.Messages(2))
                {
                    _spans.Enqueue(new OtlpSpan(
                        scope.Message(1).Text(1), span.Text(5), span.Hex(1), span.Hex(2), span.Hex(4), (int)span.Number(6), span.Message(15).Number(3) == 2,
                        span.Number(7), span.Number(8), Attributes(span, 9), [.. span.Messages(11).Select(static happened => (happened.Text(2), happened.Number(1)))]));
                }
            }
        }
    }

    private void ReadMetrics(Protobuf request)
    {
        foreach (var resource in request.Messages(1))
        {
            ReadResource(resource);
            foreach (var scope in resource.Messages(2))
            {
                foreach (var metric in scope.Messages(2))
                {
                    var (kind, field) = metric.Has(5) ? ("gauge", 5) : metric.Has(7) ? (metric.Message(7).Number(3) == 1 ? "counter" : "updown", 7) : ("histogram", 9);
                    foreach (var point in metric.Message(field).Messages(1))
                    {
                        var value = kind == "histogram" ? point.Double(5) : point.Has(6) ? (long)point.Number(6) : point.Double(4);
                        _points.Enqueue(new OtlpPoint(
                            scope.Message(1).Text(1), metric.Text(1), metric.Text(3), kind, value, kind == "histogram" ? point.Number(4) : 0,
                            kind == "histogram" ? point.Doubles(7) : [], Attributes(point, kind == "histogram" ? 9 : 7)));
                    }
                }
            }
        }
    }

    private void ReadLogs(Protobuf request)
    {
        foreach (var resource in request.Messages(1))
        {
            ReadResource(resource);
            foreach (var scope in resource.Messages(2))
            {
                foreach (var line in scope.Messages(2))
                {
                    _logs.Enqueue(new OtlpLog(
                        scope.Message(1).Text(1), (int)line.Number(2), Value(line.Message(5)), line.Hex(9), line.Text(12), Attributes(line, 6)));
                }
            }
        }
    }

    private static Dictionary<string, string> Attributes(Protobuf owner, int field) =>
        owner.Messages(field).ToDictionary(static attribute => attribute.Text(1), static attribute => Value(attribute.Message(2)));

    private static string Value(Protobuf any) =>
        any.Has(1) ? any.Text(1)
        : any.Has(2) ? (any.Number(2) == 1 ? "true" : "false")
        : any.Has(3) ? ((long)any.Number(3)).ToString(CultureInfo.InvariantCulture)
        : any.Double(4).ToString(CultureInfo.InvariantCulture);
}
