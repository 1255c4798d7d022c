using System.Text.Json;
using EdgeProxy.Telemetry;

namespace EdgeProxy.Admin.Live;

/// <summary>What happened in the last minutes, as JSON. Of a failure its code, never its message: a backend's message may quote the request.</summary>
internal static class LiveHistory
{
    /// <summary>How many troubled streams are listed, the latest.</summary>
    public const int MaxStreams = 50;

    /// <summary>The upper ends of the first-event chart's bars, in seconds; what took longer has a bar of its own.</summary>
    private static readonly double[] Ends = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120];

    /// <summary>Writes the properties <c>recent</c>, <c>rates</c> and <c>first_event</c>.</summary>
    public static void Write(Utf8JsonWriter json, RecentStreams history, DateTimeOffset now)
    {
        json.WriteStartArray("recent");
        foreach (var stream in history.Streams().Take(MaxStreams))
        {
            Write(json, stream, now);
        }

        json.WriteEndArray();
        WriteRates(json, history.Rates());
        WriteFirstEvents(json, [.. history.FirstEvents().Select(static first => first.After).Order()]);
    }

    private static void Write(Utf8JsonWriter json, RecentStream stream, DateTimeOffset now)
    {
        var report = stream.Report;
        json.WriteStartObject();
        LiveStreams.WriteSeconds(json, "ended_ago", now - stream.FinishedAt);
        json.WriteString("request_id", report.RequestId);
        json.WriteString("route", report.Route);
        json.WriteString("destination", report.Destination);
        json.WriteString("dialect", report.Dialect.ToString());
        json.WriteString("outcome", JsonNamingPolicy.SnakeCaseLower.ConvertName(report.Outcome.ToString()));
        json.WriteString("code", report.Failure?.Code);
        json.WriteNumber("status", report.Status);
        json.WriteNumber("attempts", report.Attempts);
        json.WriteString("stopped_by", report.StoppedBy);
        LiveStreams.WriteSeconds(json, "first_event", report.FirstEventAt);
        LiveStreams.WriteSeconds(json, "duration", report.Duration);
        json.WriteEndObject();
    }

    /// <summary>One list for each way to end, a number for each second; <c>from</c> is the first one, in seconds since 1970.</summary>
    private static void WriteRates(Utf8JsonWriter json, IReadOnlyList<StreamRate> rates)
    {
        json.WriteStartObject("rates");
        json.WriteNumber("from", rates[0].Second);
        WriteCounts("started", static rate => rate.Started);
        WriteCounts("ok", static rate => rate.Ok);
        WriteCounts("rescued", static rate => rate.Rescued);
        WriteCounts("failed", static rate => rate.Failed);
        WriteCounts("client_gone", static rate => rate.ClientGone);
        json.WriteEndObject();

        void WriteCounts(string name, Func<StreamRate, int> count)
        {
            json.WriteStartArray(name);
            foreach (var rate in rates)
            {
                json.WriteNumberValue(count(rate));
            }

            json.WriteEndArray();
        }
    }

    private static void WriteFirstEvents(Utf8JsonWriter json, TimeSpan[] sorted)
    {
        json.WriteStartObject("first_event");
        json.WriteNumber("count", sorted.Length);
        LiveStreams.WriteSeconds(json, "p50", Quantile(sorted, 0.5));
        LiveStreams.WriteSeconds(json, "p95", Quantile(sorted, 0.95));
        LiveStreams.WriteSeconds(json, "max", Quantile(sorted, 1));
        json.WriteStartArray("buckets");
        var counted = 0;
        foreach (var end in Ends)
        {
            var below = sorted.Count(time => time.TotalSeconds <= end);
            WriteBucket(end, below - counted);
            counted = below;
        }

        WriteBucket(null, sorted.Length - counted);
        json.WriteEndArray();
        json.WriteEndObject();

        void WriteBucket(double? end, int count)
        {
            json.WriteStartObject();
            LiveStreams.WriteSeconds(json, "up_to", end is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
            json.WriteNumber("count", count);
            json.WriteEndObject();
        }
    }

    /// <summary>The smallest time that the given part of all does not exceed; null if there are none.</summary>
    private static TimeSpan? Quantile(TimeSpan[] sorted, double part) =>
        sorted.Length == 0 ? null : sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
}
