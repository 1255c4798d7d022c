using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EdgeProxy.Telemetry;

/// <summary>The instruments of streams and attempts. All are recorded once, when a stream has ended: nothing is done per event.</summary>
internal sealed class StreamMetrics
{
    /// <summary>
    /// Seconds from a fast answer to half an hour: a model may think for minutes, and a CDN's limits (30, 60, 100, 120 s) are
    /// edges, so that it can be read off how many streams would have met one.
    /// </summary>
    public static readonly IReadOnlyList<double> Seconds =
        [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 100, 120, 300, 600, 1200, 1800];

    private readonly Counter<long> _streams;
    private readonly Histogram<double> _timeToCommit;
    private readonly Histogram<double> _timeToFirstEvent;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _longestGap;
    private readonly Counter<long> _keepAlives;
    private readonly Counter<long> _events;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _queued;
    private readonly Counter<long> _rejected;

    /// <summary>Makes the instruments; they cost next to nothing while nobody listens.</summary>
    public StreamMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(TelemetryNames.Source);
        _streams = meter.CreateCounter<long>("edgeproxy.streams", "{stream}", "Streams that have ended, by what became of them.");
        _timeToCommit = Histogram("edgeproxy.time_to_commit", "From the request until the stream was opened to the client.");
        _timeToFirstEvent = Histogram("edgeproxy.upstream.time_to_first_event", "From the forwarding of a request until the destination's first event.");
        _duration = Histogram("edgeproxy.stream.duration", "From the request to the last byte.");
        _longestGap = Histogram("edgeproxy.stream.longest_gap", "The longest silence of the upstream between two events of one stream.");
        _keepAlives = meter.CreateCounter<long>("edgeproxy.keepalives", "{keepalive}", "Keep-alives written to clients.");
        _events = meter.CreateCounter<long>("edgeproxy.events", "{event}", "Events relayed to clients.");
        _bytes = meter.CreateCounter<long>("edgeproxy.bytes", "By", "Bytes of events relayed to clients.");
        _attempts = meter.CreateCounter<long>("edgeproxy.attempts", "{attempt}", "Forwardings of a request to a destination.");
        _queued = meter.CreateCounter<long>("edgeproxy.admission.queued", "{stream}", "Streams that had to wait for a place.");
        _rejected = meter.CreateCounter<long>("edgeproxy.admission.rejected", "{stream}", "Streams that got no place: the queue was full, or they waited too long.");

        Histogram<double> Histogram(string name, string description) =>
            meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
    }

    /// <summary>A stream has ended.</summary>
    public void Finished(StreamReport report)
    {
        var error = report.ErrorType;
        TagList of = [new(TelemetryNames.Route, report.Route), new(TelemetryNames.Dialect, report.DialectName)];
        TagList ended = [.. of, new(TelemetryNames.Outcome, report.OutcomeWord)];
        if (error is not null)
        {
            ended.Add(TelemetryNames.ErrorType, error);
        }

        _streams.Add(1, ended);
        _duration.Record(report.Duration.TotalSeconds, ended);
        if (report.CommittedAt is { } committed)
        {
            _timeToCommit.Record(committed.TotalSeconds, of);
        }

        if (report.Events > 0)
        {
            _longestGap.Record(report.LongestGap.TotalSeconds, of);
            _events.Add(report.Events, of);
            _bytes.Add(report.Bytes, of);
        }

        if (report.KeepAlives > 0)
        {
            _keepAlives.Add(report.KeepAlives, of);
        }

        if (report.Waited is not null)
        {
            _queued.Add(1, new KeyValuePair<string, object?>(TelemetryNames.Route, report.Route));
        }

        if (error == "edge_overloaded" && report.Attempts == 0)
        {
            _rejected.Add(1, new KeyValuePair<string, object?>(TelemetryNames.Route, report.Route));
        }
    }

    /// <summary>An attempt has ended.</summary>
    public void Ended(in AttemptReport report)
    {
        _attempts.Add(
            1,
            [
                new(TelemetryNames.Route, report.Route),
                new(TelemetryNames.Cluster, report.Cluster),
                new(TelemetryNames.Destination, report.Destination ?? "none"),
                new(TelemetryNames.Outcome, report.Outcome),
                new(TelemetryNames.Next, report.Next ?? "none"),
            ]);
        if (report.FirstEventAfter is { } after)
        {
            _timeToFirstEvent.Record(
                after.TotalSeconds,
                [
                    new(TelemetryNames.Route, report.Route),
                    new(TelemetryNames.Cluster, report.Cluster),
                    new(TelemetryNames.Destination, report.Destination ?? "none"),
                ]);
        }
    }
}
