using EdgeProxy.Protocol;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Telemetry;

/// <summary>One log line per finished stream; nothing per event, and no text of request or answer.</summary>
internal sealed partial class StreamLog(ILogger<StreamLog> logger)
{
    /// <summary>Writes the stream's line: a warning where the client did not get a whole answer and did not leave of its own accord.</summary>
    public void Finished(StreamReport report)
    {
        var level = report.Outcome switch
        {
            StreamOutcome.Ok or StreamOutcome.PassedThrough or StreamOutcome.ClientGone => LogLevel.Information,
            _ when report.Failure?.Code == "edge_internal" => LogLevel.Error,
            _ => LogLevel.Warning,
        };
        if (!logger.IsEnabled(level))
        {
            return;
        }

        var committedMs = Milliseconds(report.CommittedAt);
        var firstEventMs = Milliseconds(report.FirstEventAt);
        var longestGapMs = Milliseconds(report.LongestGap);
        var durationMs = Milliseconds(report.Duration);
        Write(
            level,
            report.Failure?.Cause,
            report.RequestId,
            report.Route,
            report.Destination,
            report.Dialect,
            report.Outcome,
            report.Failure?.Code,
            report.Status,
            committedMs,
            firstEventMs,
            longestGapMs,
            report.Events,
            report.Bytes,
            report.KeepAlives,
            durationMs);
    }

    private static long? Milliseconds(TimeSpan? time) => (long?)time?.TotalMilliseconds;

    [LoggerMessage(
        EventId = 1,
        EventName = "StreamFinished",
        Message = "Stream {RequestId} finished: route {Route}, destination {Destination}, dialect {Dialect}, outcome {Outcome}, code {Code}, status {Status}, "
            + "committed {CommittedMs} ms, first event {FirstEventMs} ms, longest gap {LongestGapMs} ms, "
            + "{Events} events, {Bytes} bytes, {KeepAlives} keep-alives, {DurationMs} ms")]
    private partial void Write(
        LogLevel level,
        Exception? cause,
        string requestId,
        string route,
        string? destination,
        DialectKind dialect,
        StreamOutcome outcome,
        string? code,
        int status,
        long? committedMs,
        long? firstEventMs,
        long? longestGapMs,
        long events,
        long bytes,
        int keepAlives,
        long? durationMs);
}
