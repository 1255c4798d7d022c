using System.Text.Encodings.Web;
using System.Text.Json;

namespace EdgeProxy.Commands.Probe;

/// <summary>A probe's report as one JSON document for scripts. Names are fixed: docs/probe.md tells what they mean. Times are seconds.</summary>
internal static class ProbeJson
{
    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the document.</summary>
    public static string Write(ProbeRequest request, ProbeReport report, Verdict verdict, IEnumerable<string> advice)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Format))
        {
            json.WriteStartObject();
            json.WriteBoolean("clean", verdict.IsClean);
            WriteVerdict(json, verdict, advice);
            WriteRequest(json, request);
            WriteConnection(json, report);
            WriteResponse(json, report);
            WriteSeconds(json, report);
            WriteCounts(json, report);
            WriteError(json, report.Error);
            WriteLimits(json, report);
            WriteGaps(json, report);
            WriteTimeline(json, report);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>A kind's name for scripts.</summary>
    public static string Name(MomentKind kind) => Moment.Name(kind).Replace(' ', '_').Replace('-', '_');

    private static string Name(LimitKind kind) => kind switch
    {
        LimitKind.FirstByte => "first_byte",
        LimitKind.Gap => "gap",
        _ => "total",
    };

    private static void WriteVerdict(Utf8JsonWriter json, Verdict verdict, IEnumerable<string> advice)
    {
        json.WriteStartObject("verdict");
        json.WriteString("code", verdict.Code);
        json.WriteString("text", verdict.Text);
        json.WriteStartArray("advice");
        foreach (var sentence in advice)
        {
            json.WriteStringValue(sentence);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRequest(Utf8JsonWriter json, ProbeRequest request)
    {
        json.WriteStartObject("request");
        json.WriteString("method", ServerText.Escape(request.EffectiveMethod));
        json.WriteString("url", ServerText.Escape(request.ShownUrl));
        json.WriteString("dialect", request.EffectiveDialect.ToString());
        json.WriteEndObject();
    }

    private static void WriteConnection(Utf8JsonWriter json, ProbeReport report)
    {
        json.WriteStartObject("connection");
        json.WriteStartArray("addresses");
        foreach (var address in report.Addresses)
        {
            json.WriteStringValue(address);
        }

        json.WriteEndArray();
        json.WriteString("remote", report.Remote);
        json.WriteString("tls", report.Tls?.Version);
        json.WriteString("alpn", report.Tls?.Protocol);
        json.WriteString("certificate_subject", report.Tls?.Subject);
        json.WriteString("certificate_issuer", report.Tls?.Issuer);
        json.WriteString("certificate_expires", report.Tls?.Expires?.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private static void WriteResponse(Utf8JsonWriter json, ProbeReport report)
    {
        if (report.Head is not { } head)
        {
            json.WriteNull("response");
            return;
        }

        json.WriteStartObject("response");
        json.WriteNumber("status", head.Status);
        json.WriteString("http_version", head.HttpVersion);
        json.WriteBoolean("event_stream", head.IsEventStream);
        json.WriteStartObject("headers");
        foreach (var (name, value) in head.Headers)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteString("body_start", report.BodyStart);
        json.WriteEndObject();
    }

    private static void WriteSeconds(Utf8JsonWriter json, ProbeReport report)
    {
        json.WriteStartObject("seconds");
        WriteTime(json, "dns", report.DnsAt);
        WriteTime(json, "connected", report.ConnectedAt);
        WriteTime(json, "tls", report.TlsAt);
        WriteTime(json, "sent", report.SentAt);
        WriteTime(json, "headers", report.HeadersAt);
        WriteTime(json, "first_byte", report.FirstByteAt);
        WriteTime(json, "first_event", report.FirstEventAt);
        WriteTime(json, "last_byte", report.LastByteAt);
        WriteTime(json, "end", report.EndAt);
        WriteTime(json, "longest_silence", report.LongestSilence.Length);
        WriteTime(json, "longest_event_gap", report.LongestEventGap.Length);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, ProbeReport report)
    {
        json.WriteStartObject("counts");
        json.WriteNumber("bytes", report.Bytes);
        json.WriteNumber("events", report.Events);
        json.WriteNumber("keep_alives", report.KeepAlives);
        json.WriteNumber("comments", report.Comments);
        json.WriteNumber("pings", report.Pings);
        json.WriteNumber("blank_line_pairs", report.BlankLinePairs);
        json.WriteNumber("gaps", report.GapCount);
        json.WriteEndObject();
        json.WriteBoolean("edgeproxy_primer", report.SawPrimer);
        json.WriteBoolean("terminal_signal", report.SawTerminal);
        json.WriteBoolean("done", report.SawDone);
    }

    private static void WriteError(Utf8JsonWriter json, ReportedError? error)
    {
        if (error is null)
        {
            json.WriteNull("error");
            return;
        }

        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteString("type", error.Type);
        json.WriteString("code", error.Code);
        if (error.Status is { } status)
        {
            json.WriteNumber("status", status);
        }
        else
        {
            json.WriteNull("status");
        }

        json.WriteString("request_id", error.RequestId);
        json.WriteString("source", error.Source);
        json.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter json, ProbeReport report)
    {
        json.WriteStartArray("limits_exceeded");
        foreach (var (limit, kind, time) in Advice.Exceeded(report))
        {
            json.WriteStartObject();
            json.WriteString("name", limit.Name);
            json.WriteString("kind", Name(kind));
            json.WriteString("setting", limit.Setting);
            json.WriteNumber("limit", limit.Of(kind)!.Value);
            WriteTime(json, "seconds", time);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteGaps(Utf8JsonWriter json, ProbeReport report)
    {
        json.WriteStartArray("gaps");
        foreach (var (at, length) in report.Gaps)
        {
            json.WriteStartObject();
            WriteTime(json, "at", at);
            WriteTime(json, "seconds", length);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTimeline(Utf8JsonWriter json, ProbeReport report)
    {
        json.WriteStartArray("timeline");
        foreach (var moment in report.Timeline)
        {
            json.WriteStartObject();
            WriteTime(json, "at", moment.At);
            json.WriteString("kind", Name(moment.Kind));
            json.WriteString("text", moment.Text);
            WriteTime(json, "silence", moment.Silence);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } known)
        {
            json.WriteNumber(name, Math.Round((decimal)known.TotalSeconds, 3));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
