using System.Diagnostics;

namespace EdgeProxy.Telemetry;

/// <summary>Tells everybody who wants to know what becomes of streams: once when one begins, once when it has ended, nothing in between.</summary>
internal sealed class StreamTelemetry(StreamLog log, StreamMetrics metrics, RecentStreams recent)
{
    /// <summary>A request that may be a stream has begun.</summary>
    public void Started() => recent.Started();

    /// <summary>A stream, or a plain request that took the same way, has ended.</summary>
    public void Finished(StreamReport report)
    {
        if (report.IsStream)
        {
            metrics.Finished(report);
            recent.Finished(report);
        }

        StreamTraces.Finished(Activity.Current, report);
        log.Finished(report);
    }
}
