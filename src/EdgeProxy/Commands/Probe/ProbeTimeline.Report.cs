using System.Globalization;
using static EdgeProxy.Commands.Probe.Words;

namespace EdgeProxy.Commands.Probe;

/// <content>What can be said of it: meanwhile, and at the end.</content>
internal sealed partial class ProbeTimeline
{
    /// <summary>What is waited for, for a person who waits as well.</summary>
    public string Progress(TimeSpan now)
    {
        lock (_lock)
        {
            var waiting = (_connectedAt, _headersAt, _firstByteAt) switch
            {
                (null, _, _) => "connecting",
                (_, null, _) => "waiting for the answer",
                (_, _, null) => "waiting for the first byte of the body",
                _ => $"{Count(_reading.Events, "event")}, {Count(_reading.Comments + _reading.Pings + _reading.BlankLinePairs, "keep-alive")}, silent for {Whole(now - _lastByteAt!.Value)}",
            };
            return $"{Whole(now)}: {waiting}";
        }

        static string Whole(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(time.TotalSeconds):0} s");
    }

    private ProbeReport Report(TimeSpan at, EndKind ending, string? detail)
    {
        var isPlain = _head is { IsEventStream: false };
        return new()
        {
            Dialect = dialect,
            Ending = ending,
            EndDetail = detail,
            DnsAt = _dnsAt,
            ConnectedAt = _connectedAt,
            TlsAt = _tlsAt,
            SentAt = Sent,
            HeadersAt = _headersAt,
            FirstByteAt = _firstByteAt,
            FirstEventAt = _firstEventAt,
            LastByteAt = _lastByteAt,
            EndAt = at,
            Addresses = _addresses,
            Remote = _remote,
            Tls = _tls,
            Head = _head,
            Bytes = _bytes,
            Events = _reading.Events,
            Comments = _reading.Comments,
            Pings = _reading.Pings,
            BlankLinePairs = _reading.BlankLinePairs,
            SawPrimer = _reading.SawPrimer,
            SawTerminal = _reading.SawTerminal,
            SawDone = _reading.SawDone,
            EndsWithPendingDone = _reading.EndsWithPendingDone,
            HasDataAfterDone = _reading.HasDataAfterDone,
            IsUnfinished = _reading.IsUnfinished,
            Missing = _reading.Missing,
            Error = isPlain ? PlainError() : _reading.Error,
            BodyStart = isPlain ? text.Show(_plainBody.Text.Trim(), MaxShownBody) : null,
            LongestSilence = _silences.Longest,
            LongestEventGap = _longestEventGap,
            Gaps = [.. _silences.Listed],
            GapCount = _silences.Count,
            Timeline = [.. _moments.Listed],
        };
    }

    private ReportedError? PlainError() =>
        ReportedError.Parse(_plainBody.Bytes, text) is { Message: not null } error ? error : null;
}
