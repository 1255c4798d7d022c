using EdgeProxy.Telemetry;

namespace EdgeProxy.Admin;

/// <summary>The metrics, for Prometheus to fetch.</summary>
internal sealed class MetricsEndpoint(MetricStore metrics) : IAdminEndpoints
{
    /// <summary>Where Prometheus looks unless it is told otherwise.</summary>
    public const string Path = "/metrics";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder admin) => admin.MapMethods(Path, AdminAnswer.ReadMethods, context =>
    {
        context.Response.ContentType = PrometheusText.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(metrics.Write(), context.RequestAborted);
    });
}
