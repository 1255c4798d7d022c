using EdgeProxy.Protocol;
using static EdgeProxy.Commands.Probe.Words;

namespace EdgeProxy.Commands.Probe;

/// <summary>What to make of a stream.</summary>
/// <param name="Code">A fixed word for scripts; <see cref="Clean"/> is the only good one.</param>
/// <param name="Text">A sentence for a person.</param>
internal sealed record Verdict(string Code, string Text)
{
    public const string Clean = "clean";

    // A model needs time for its words: what waits long and then comes faster than any model writes was held back, or made before it was sent.
    private const int BurstEvents = 5;
    private static readonly TimeSpan BurstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BurstPerEvent = TimeSpan.FromMilliseconds(2);

    /// <summary>Whether the stream ended as it should.</summary>
    public bool IsClean => Code == Clean;

    /// <summary>Judges a stream: by how it ended first, then by what it said, then by how it came.</summary>
    public static Verdict Of(ProbeReport report) => report switch
    {
        { Ending: EndKind.NoName } => new("dns_failed", $"The host's name could not be resolved: {report.EndDetail}"),
        { Ending: EndKind.NoConnection } => new("connect_failed", $"No connection: {report.EndDetail}"),
        { Ending: EndKind.NoTls } => new("tls_failed", $"No TLS: {report.EndDetail}"),
        { Ending: EndKind.NoAnswer } => new("no_answer", $"The connection ended {Seconds(report.FirstByteWait ?? report.EndAt)} after the request without an answer: {report.EndDetail}"),
        { Ending: EndKind.Interrupted } => new("interrupted", $"The probe was interrupted after {Seconds(report.EndAt)}."),
        { Head: null, SentAt: null } => new("timeout", $"There was no connection within {Seconds(report.EndAt)}."),
        { Head: null } => new("timeout", $"There was no answer within {Seconds(report.EndAt)}."),
        { Head.Status: not 200 } => OfStatus(report, report.Head),
        { Head.IsEventStream: false } => new("not_event_stream", NotAStream(report, report.Head)),
        { Ending: EndKind.TimedOut } => OfTimeout(report),
        { Ending: EndKind.Cut } => OfCut(report),
        { Error: not null } => OfError(report, report.Error),
        _ => OfCleanEnd(report),
    };

    private static Verdict OfStatus(ProbeReport report, ResponseHead head)
    {
        var words = report.Error is { } error ? $": {error}" : report.BodyStart is { Length: > 0 } body ? $": {body}" : ".";
        var target = head.Header("location") is { } location ? $" to {location}; the probe follows no redirects" : "";
        return new("http_status", $"The answer is HTTP {head.Status}{target}{words}");
    }

    private static string NotAStream(ProbeReport report, ResponseHead head)
    {
        var type = head.Header("content-type") ?? "no content type";
        var words = report.Error is { } error ? $": {error}" : report.BodyStart is { Length: > 0 } body ? $": {body}" : ".";
        return $"The answer is no event stream but {type}{words}";
    }

    private static Verdict OfTimeout(ProbeReport report) => report.SawTerminal
        ? new("timeout", $"The answer is whole, but its connection was still open after {Seconds(report.EndAt)}: a client that waits for its end waits on.")
        : new("timeout", $"The answer had no end within {Seconds(report.EndAt)}; the last byte came {Seconds(report.EndAt - (report.LastByteAt ?? report.HeadersAt ?? default))} before that.");

    private static Verdict OfCut(ProbeReport report)
    {
        var broke = $"broke {Seconds(report.EndAt - (report.LastByteAt ?? report.HeadersAt ?? default))} after its last byte ({report.EndDetail})";
        return report.SawTerminal
            ? new("cut", $"The answer is whole, but its connection {broke}.")
            : new("cut", $"The answer was cut: its connection {broke}, and no client can tell what is missing.");
    }

    private static Verdict OfError(ProbeReport report, ReportedError error) => report.SawTerminal || !report.Missing.WriteDone
        ? new("error_event", $"The answer failed, and the stream said so as it should: {error}")
        : new("error_event_unterminated", $"The answer failed with {error}; no terminal signal followed.");

    private static Verdict OfCleanEnd(ProbeReport report)
    {
        if (report.HasDataAfterDone)
        {
            return new("data_after_done", "The stream went on after [DONE]: no client reads what came then.");
        }

        if (report.Missing.Failure is not null)
        {
            return report.Events == 0
                ? new("empty", "The stream ended without any event.")
                : new("incomplete", $"The stream ended without {TerminalSignal(report.Dialect)}: to most clients half an answer looks like a whole one.");
        }

        if (report.IsUnfinished)
        {
            return new("incomplete", "The stream ended inside an event, which clients drop.");
        }

        if (report.Missing.WriteDone)
        {
            return new("done_missing", "The answer is whole, but [DONE] is missing: clients that wait for it report a broken stream.");
        }

        return IsBuffered(report)
            ? new("buffered", BufferedText(report))
            : new(Clean, report.SawDone ? "The answer is whole and ended with [DONE]." : report.SawTerminal ? "The answer is whole." : "The stream ended cleanly.");
    }

    private static bool IsBuffered(ProbeReport report)
    {
        if (report is not { BodyWait: { } wait, FirstByteAt: { } first, LastByteAt: { } last } || wait < BurstWait)
        {
            return false;
        }

        var burst = last - first;
        return (HasHeldKeepAlives(report) || report.Events >= BurstEvents) && burst <= BurstPerEvent * (report.Events + report.KeepAlives);
    }

    /// <summary>Keep-alives are written into silence: two of them in one burst were held back on the way, whatever made the events.</summary>
    private static bool HasHeldKeepAlives(ProbeReport report) => report.KeepAlives - (report.SawPrimer ? 1 : 0) >= 2;

    private static string BufferedText(ProbeReport report)
    {
        var what = $"{Count(report.Events, "event")} came in one burst of {Seconds(report.LastByteAt!.Value - report.FirstByteAt!.Value)} after {Seconds(report.BodyWait!.Value)} of nothing";
        return HasHeldKeepAlives(report)
            ? $"{what}, and the keep-alives with them: buffered by something in between."
            : $"{what}: buffered by something in between, or made as a whole before it was sent.";
    }

    private static string TerminalSignal(DialectKind dialect) => dialect switch
    {
        DialectKind.OpenAIChat => "a finish_reason or [DONE]",
        DialectKind.OpenAIResponses => "response.completed, response.failed or response.incomplete",
        DialectKind.OpenAIImages => "a completed event",
        DialectKind.AnthropicMessages => "message_stop",
        DialectKind.Gemini => "a finishReason",
        _ => "a terminal signal",
    };
}
