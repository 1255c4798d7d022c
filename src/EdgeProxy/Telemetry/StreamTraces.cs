using System.Diagnostics;

namespace EdgeProxy.Telemetry;

/// <summary>
/// What EdgeProxy adds to a request's trace: a span for each attempt between the server's span (ASP.NET Core's) and the client's
/// (<c>System.Net.Http</c>'s), and on the server's what became of the stream. Costs nothing while nobody listens.
/// </summary>
internal static class StreamTraces
{
    private static readonly ActivitySource Source = new(TelemetryNames.Source);

    /// <summary>Begins an attempt's span as the current one of the calling flow; null while nobody listens.</summary>
    /// <param name="route">The YARP route.</param>
    /// <param name="cluster">The cluster that is asked.</param>
    /// <param name="number">Which attempt of its request it is: 1 for the first.</param>
    public static Activity? BeginAttempt(string route, string cluster, int number)
    {
        var span = Source.StartActivity("edgeproxy.attempt");
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(TelemetryNames.Route, route);
            span.SetTag(TelemetryNames.Cluster, cluster);
            span.SetTag(TelemetryNames.Attempt, number);
        }

        return span;
    }

    /// <summary>Ends an attempt's span.</summary>
    public static void EndAttempt(Activity? span, in AttemptReport report)
    {
        if (span is null)
        {
            return;
        }

        if (span.IsAllDataRequested)
        {
            span.SetTag(TelemetryNames.Destination, report.Destination);
            span.SetTag(TelemetryNames.Outcome, report.Outcome);
            span.SetTag(TelemetryNames.HttpStatus, report.UpstreamStatus);
            if (report.IsFailure)
            {
                span.SetTag(TelemetryNames.ErrorType, report.Outcome);
                span.SetStatus(ActivityStatusCode.Error);
            }
        }

        span.Dispose();
    }

    /// <summary>Writes on the request's span what became of its stream.</summary>
    public static void Finished(Activity? span, StreamReport report)
    {
        if (span is not { IsAllDataRequested: true } || !Source.HasListeners())
        {
            return;
        }

        span.SetTag(TelemetryNames.Route, report.Route);
        span.SetTag(TelemetryNames.RequestId, report.RequestId);
        span.SetTag(TelemetryNames.Dialect, report.DialectName);
        span.SetTag(TelemetryNames.Outcome, report.OutcomeWord);
        span.SetTag(TelemetryNames.Destination, report.Destination);
        span.SetTag(TelemetryNames.UpstreamStatus, report.UpstreamStatus);
        span.SetTag(TelemetryNames.Attempts, report.Attempts);
        span.SetTag(TelemetryNames.Events, report.Events);
        span.SetTag(TelemetryNames.KeepAlives, report.KeepAlives);
        span.SetTag(TelemetryNames.Waited, report.Waited?.TotalSeconds);
        if (report.ErrorType is { } error)
        {
            span.SetTag(TelemetryNames.ErrorType, error);
            span.SetTag(TelemetryNames.Code, report.Code);

            // A client's own mistake is no error of this server.
            if (report.Status >= 500 || report.Outcome == StreamOutcome.Rescued)
            {
                span.SetStatus(ActivityStatusCode.Error, report.Code);
            }
        }

        AddEvent(TelemetryNames.CommitEvent, report.CommittedAt);
        AddEvent(TelemetryNames.FirstEventEvent, report.FirstEventAt);

        void AddEvent(string name, TimeSpan? at)
        {
            if (at is { } offset)
            {
                span.AddEvent(new ActivityEvent(name, report.BeganAt + offset));
            }
        }
    }
}
