using System.Diagnostics;
using EdgeProxy.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Telemetry;

/// <summary>One log line per finished stream; nothing per event, and no text of request or answer.</summary>
internal sealed partial class StreamLog(ILogger<StreamLog> logger)
{
    /// <summary>Writes the stream's line: a warning where the client did not get a whole answer and did not leave of its own accord.</summary>
    public void Finished(StreamReport report)
    {
        var isOurFault = report.Failure?.Code == "edge_internal";
        var level = report.Outcome switch
        {
            StreamOutcome.Ok or StreamOutcome.PassedThrough or StreamOutcome.ClientGone => LogLevel.Information,
            _ => isOurFault ? LogLevel.Error : LogLevel.Warning,
        };
        if (!logger.IsEnabled(level))
        {
            return;
        }

        var waitedMs = Milliseconds(report.Waited ?? TimeSpan.Zero);
        var committedMs = Milliseconds(report.CommittedAt);
        var firstEventMs = Milliseconds(report.FirstEventAt);
        var longestGapMs = Milliseconds(report.LongestGap);
        var durationMs = Milliseconds(report.Duration);
        var cause = FailureWords.Cause(report.Failure?.Cause);
        var traceId = Activity.Current?.TraceId.ToHexString() ?? "none";
        Write(
            level,
            isOurFault ? report.Failure?.Cause : null,
            report.RequestId,
            report.Route,
            report.Destination ?? "none",
            report.Dialect,
            report.Outcome,
            report.Code ?? "none",
            report.Status,
            report.Attempts,
            report.StoppedBy ?? "none",
            waitedMs,
            committedMs,
            firstEventMs,
            longestGapMs,
            report.Events,
            report.Bytes,
            report.KeepAlives,
            durationMs,
            cause,
            traceId);
    }

    private static long? Milliseconds(TimeSpan? time) => (long?)time?.TotalMilliseconds;

    [LoggerMessage(
        EventId = 1,
        EventName = "StreamFinished",
        Message = "Stream {RequestId} finished: route {Route}, destination {Destination}, dialect {Dialect}, outcome {Outcome}, code {Code}, status {Status}, "
            + "attempts {Attempts}, stopped by {StoppedBy}, "
            + "waited {WaitedMs} ms, committed {CommittedMs} ms, first event {FirstEventMs} ms, longest gap {LongestGapMs} ms, "
            + "{Events} events, {Bytes} bytes, {KeepAlives} keep-alives, {DurationMs} ms, cause {Cause}, trace {TraceId}")]
    private partial void Write(
        LogLevel level,
        Exception? exception,
        string requestId,
        string route,
        string destination,
        DialectKind dialect,
        StreamOutcome outcome,
        string code,
        int status,
        int attempts,
        string stoppedBy,
        long? waitedMs,
        long? committedMs,
        long? firstEventMs,
        long? longestGapMs,
        long events,
        long bytes,
        int keepAlives,
        long? durationMs,
        string cause,
        string traceId);
}
