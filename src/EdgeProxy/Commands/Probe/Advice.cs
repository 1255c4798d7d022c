using System.Globalization;
using EdgeProxy.Protocol;
using static EdgeProxy.Commands.Probe.Words;

namespace EdgeProxy.Commands.Probe;

/// <summary>A limit that a stream would not have survived.</summary>
/// <param name="Limit">Whose it is.</param>
/// <param name="Kind">Which of its limits.</param>
/// <param name="Time">How long it took.</param>
internal readonly record struct ExceededLimit(KnownLimit Limit, LimitKind Kind, TimeSpan Time);

/// <summary>What a person can do about a stream, beside its verdict.</summary>
internal static class Advice
{
    private static readonly int[] GatewayStatuses = [502, 503, 504, 522, 524];

    /// <summary>The limits of <see cref="KnownLimit.All"/> that the stream was over, by kind.</summary>
    public static IReadOnlyList<ExceededLimit> Exceeded(ProbeReport report)
    {
        if (report is not { FirstByteWait: { } headWait, BodyWait: { } bodyWait, Total: { } total })
        {
            return [];
        }

        return
        [
            .. Over(LimitKind.FirstByte, limit => limit.CountsBody ? bodyWait : headWait),
            .. Over(LimitKind.Gap, _ => report.LongestSilence.Length),
            .. Over(LimitKind.Total, _ => total),
        ];

        static IEnumerable<ExceededLimit> Over(LimitKind kind, Func<KnownLimit, TimeSpan> timeFor) => KnownLimit.All
            .Where(limit => limit.Of(kind) is { } seconds && timeFor(limit).TotalSeconds > seconds)
            .Select(limit => new ExceededLimit(limit, kind, timeFor(limit)));
    }

    /// <summary>Sentences, the most useful first.</summary>
    public static IReadOnlyList<string> For(ProbeReport report, Verdict verdict) =>
    [
        .. WhoGaveUp(report, verdict),
        .. AboutBuffering(report, verdict),
        .. AboutLimits(report),
        .. AboutTheRequest(verdict),
        .. AboutHeaders(report),
        .. AboutClients(report),
    ];

    private static IEnumerable<string> WhoGaveUp(ProbeReport report, Verdict verdict)
    {
        var names = (verdict.Code, report) switch
        {
            ("http_status", { Head: { } head, FirstByteWait: { } wait }) when GatewayStatuses.Contains(head.Status) => Either(wait, wait),
            ("no_answer", { FirstByteWait: { } wait }) => Either(wait, wait),
            ("cut", { Total: { } total }) when !report.SawTerminal => Either(report.EndAt - (report.LastByteAt ?? report.HeadersAt ?? default), total),
            _ => "",
        };
        if (names.Length > 0)
        {
            yield return $"That is when some give up by default: {names}. If one of them is on the way, it ended this stream.";
        }

        string Either(TimeSpan wait, TimeSpan total)
        {
            var waits = KnownLimit.NamesAt(verdict.Code == "cut" ? LimitKind.Gap : LimitKind.FirstByte, wait);
            var totals = KnownLimit.NamesAt(LimitKind.Total, total);
            return string.Join(", ", new[] { waits, totals.Length > 0 ? $"{totals} for a whole answer" : "" }.Where(static part => part.Length > 0));
        }
    }

    private static IEnumerable<string> AboutBuffering(ProbeReport report, Verdict verdict)
    {
        if (verdict.Code == "buffered")
        {
            var encoding = report.Head?.Header("content-encoding") is { } name ? $" The answer is compressed ({name}): an encoder in between may be what holds it." : "";
            yield return $"Probe each hop from the backend outwards to find who holds it back: nginx needs 'proxy_buffering off' or the header 'X-Accel-Buffering: no', others a switch for response buffering or compression.{encoding}";
        }
    }

    private static IEnumerable<string> AboutLimits(ProbeReport report)
    {
        if (report is not { FirstByteWait: { } wait, Total: { } total } || report.Head is { IsEventStream: false })
        {
            yield break;
        }

        var exceeded = Exceeded(report);
        foreach (var ofKind in exceeded.GroupBy(static over => over.Kind))
        {
            var names = KnownLimit.Names(ofKind.Select(static over => over.Limit), ofKind.Key);
            yield return ofKind.Key switch
            {
                LimitKind.FirstByte => $"{(report.HeadersAt is null ? "No first byte for" : "First byte after")} {Seconds(ofKind.Max(static over => over.Time))}: with their default limits these would have dropped this: {names}. {EarlierFirstByte(report)}",
                LimitKind.Gap => $"{Seconds(report.LongestSilence.Length)} without a byte: with their default limits these would have dropped this: {names}. {ShorterSilence(report)}",
                _ => $"{Seconds(total)} in all: with their default limits these would have dropped this, however lively it is: {names}. Raise that limit: no keep-alive helps.",
            };
        }

        if (exceeded.Count == 0 && report is { HeadersAt: not null, Ending: EndKind.Clean or EndKind.Cut })
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"First byte after {Seconds(wait)}, longest silence {Seconds(report.LongestSilence.Length)}, {Seconds(total)} in all: within the default limits of all {KnownLimit.All.Count} CDNs and load balancers that are known here.");
        }
    }

    private static string EarlierFirstByte(ProbeReport report) => report.SawPrimer
        ? "EdgeProxy is on the way: a smaller Primer.After opens the stream earlier, unless something in front of it holds its primer back (Primer.PaddingBytes)."
        : "EdgeProxy in front of the backend opens the stream after Primer.After (2 s).";

    private static string ShorterSilence(ProbeReport report) => report.SawPrimer
        ? "EdgeProxy is on the way: a smaller KeepAlive.Interval breaks the silence, unless something in front of it holds keep-alives back."
        : "EdgeProxy in front of the backend writes a keep-alive every KeepAlive.Interval (8 s).";

    private static IEnumerable<string> AboutTheRequest(Verdict verdict)
    {
        if (verdict.Code == "not_event_stream")
        {
            yield return "Does the request ask for a stream (\"stream\": true in the body of most APIs, alt=sse for Gemini)?";
        }
    }

    private static IEnumerable<string> AboutHeaders(ProbeReport report)
    {
        if (report.Head is not { IsEventStream: true } head)
        {
            yield break;
        }

        if (head.EndsWithConnection)
        {
            yield return "The body has neither a length nor chunks: only the connection's end ends it, so that a cut cannot be told from an end.";
        }

        if (head.Headers.Any(static header => header.Key is "x-cache" or "cf-cache-status" && header.Value.Contains("hit", StringComparison.OrdinalIgnoreCase)))
        {
            yield return "The answer came from a cache. Streams should say 'Cache-Control: no-cache, no-transform'.";
        }
    }

    /// <summary>What breaks shipped clients although the stream is well-formed.</summary>
    private static IEnumerable<string> AboutClients(ProbeReport report)
    {
        if (report.Head is not { IsEventStream: true })
        {
            yield break;
        }

        if (report is { Dialect: DialectKind.Gemini, Comments: > 0 })
        {
            yield return "Comments in a Gemini stream break Google's SDKs for Python and Go: keep it alive with blank lines.";
        }

        if (report.SawDone && report.Error is null && report.Dialect is DialectKind.Gemini or DialectKind.AnthropicMessages)
        {
            yield return "A [DONE] after a good answer of this API breaks SDKs of its provider.";
        }

        if (report.Pings > 0 && report.Dialect is DialectKind.OpenAIChat or DialectKind.OpenAIResponses)
        {
            yield return "Ping events in a stream of this API break OpenAI's SDK for Node.js: keep it alive with comments.";
        }

        if (report.EndsWithPendingDone)
        {
            yield return "The last [DONE] lacks its blank line: strict clients drop it.";
        }
    }
}
