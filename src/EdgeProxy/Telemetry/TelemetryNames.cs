namespace EdgeProxy.Telemetry;

/// <summary>
/// The names that operators' dashboards rely on: see docs/telemetry.md. OpenTelemetry's own where there are such, the rest begin with <c>edgeproxy.</c>.
/// </summary>
internal static class TelemetryNames
{
    /// <summary>The name of EdgeProxy's meter and of its activity source.</summary>
    public const string Source = "EdgeProxy";

    public const string Route = "edgeproxy.route";
    public const string Cluster = "edgeproxy.cluster";
    public const string Destination = "edgeproxy.destination";
    public const string Dialect = "edgeproxy.dialect";
    public const string Outcome = "edgeproxy.outcome";
    public const string State = "edgeproxy.state";
    public const string Next = "edgeproxy.next";
    public const string Code = "edgeproxy.code";
    public const string Attempt = "edgeproxy.attempt";
    public const string Attempts = "edgeproxy.attempts";
    public const string RequestId = "edgeproxy.request_id";
    public const string UpstreamStatus = "edgeproxy.upstream.status_code";
    public const string Events = "edgeproxy.events";
    public const string KeepAlives = "edgeproxy.keepalives";
    public const string Waited = "edgeproxy.waited";
    public const string CommitEvent = "edgeproxy.commit";
    public const string FirstEventEvent = "edgeproxy.first_event";

    /// <summary>OpenTelemetry: what kind of error it was; absent where there was none.</summary>
    public const string ErrorType = "error.type";

    /// <summary>OpenTelemetry: the template that the path matched.</summary>
    public const string HttpRoute = "http.route";

    /// <summary>OpenTelemetry: a status.</summary>
    public const string HttpStatus = "http.response.status_code";
}
