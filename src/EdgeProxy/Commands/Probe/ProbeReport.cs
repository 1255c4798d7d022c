using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Commands.Probe;

/// <summary>How a probe came to its end.</summary>
internal enum EndKind
{
    /// <summary>The host's name could not be resolved.</summary>
    NoName,

    /// <summary>No connection.</summary>
    NoConnection,

    /// <summary>No TLS.</summary>
    NoTls,

    /// <summary>The connection ended before the head of an answer came.</summary>
    NoAnswer,

    /// <summary>The answer ended as HTTP wants it.</summary>
    Clean,

    /// <summary>The answer broke off.</summary>
    Cut,

    /// <summary>The probe's own time was over.</summary>
    TimedOut,

    /// <summary>A person ended it.</summary>
    Interrupted,

    /// <summary>The answer is no event stream, and enough of it was read.</summary>
    Stopped,
}

/// <summary>What a server showed of itself when TLS was made. All text is safe to print.</summary>
/// <param name="Version"><c>1.2</c>, <c>1.3</c>.</param>
/// <param name="Protocol">What ALPN agreed upon, or none.</param>
/// <param name="Subject">Whom the certificate names.</param>
/// <param name="Issuer">Who signed it: a surprise here is an intermediary that reads along.</param>
/// <param name="Expires">When it ends.</param>
internal sealed record TlsFacts(string Version, string? Protocol, string? Subject, string? Issuer, DateTimeOffset? Expires);

/// <summary>All that a probe saw. Times are since it began; null is what never came. All text is safe to print.</summary>
internal sealed record ProbeReport
{
    public required DialectKind Dialect { get; init; }

    public required EndKind Ending { get; init; }

    /// <summary>Why it ended, where that is not the server's own clean end.</summary>
    public string? EndDetail { get; init; }

    public TimeSpan? DnsAt { get; init; }

    public TimeSpan? ConnectedAt { get; init; }

    public TimeSpan? TlsAt { get; init; }

    /// <summary>When the request was on its way: what the answer's first byte is waited for from.</summary>
    public TimeSpan? SentAt { get; init; }

    public TimeSpan? HeadersAt { get; init; }

    public TimeSpan? FirstByteAt { get; init; }

    public TimeSpan? FirstEventAt { get; init; }

    /// <summary>When the last byte came.</summary>
    public TimeSpan? LastByteAt { get; init; }

    public required TimeSpan EndAt { get; init; }

    /// <summary>The addresses that the name stands for.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>The one that the connection was made to, with its port.</summary>
    public string? Remote { get; init; }

    public TlsFacts? Tls { get; init; }

    public ResponseHead? Head { get; init; }

    public long Bytes { get; init; }

    public long Events { get; init; }

    public long Comments { get; init; }

    public long Pings { get; init; }

    public long BlankLinePairs { get; init; }

    /// <summary>Whether the stream began with the primer of EdgeProxy.</summary>
    public bool SawPrimer { get; init; }

    public bool SawTerminal { get; init; }

    public bool SawDone { get; init; }

    /// <summary>Whether the last <c>[DONE]</c> lacked its blank line.</summary>
    public bool EndsWithPendingDone { get; init; }

    public bool HasDataAfterDone { get; init; }

    /// <summary>Whether the last event was never ended.</summary>
    public bool IsUnfinished { get; init; }

    /// <summary>What EdgeProxy would have to add at a clean end.</summary>
    public StreamEnding Missing { get; init; }

    /// <summary>The error that an event told, or the error answer.</summary>
    public ReportedError? Error { get; init; }

    /// <summary>The first characters of an answer that is no event stream.</summary>
    public string? BodyStart { get; init; }

    /// <summary>The longest silence between the head and the end of the answer.</summary>
    public Silence LongestSilence { get; init; }

    /// <summary>The longest time without an event, from the head on.</summary>
    public Silence LongestEventGap { get; init; }

    /// <summary>The silences of a second or more, the first <see cref="ProbeTimeline.MaxListed"/> of them.</summary>
    public IReadOnlyList<Silence> Gaps { get; init; } = [];

    /// <summary>How many silences of a second or more there were.</summary>
    public long GapCount { get; init; }

    /// <summary>The timeline.</summary>
    public IReadOnlyList<Moment> Timeline { get; init; } = [];

    public long KeepAlives => Comments + Pings + BlankLinePairs;

    /// <summary>How long the head of the answer was waited for, or is still.</summary>
    public TimeSpan? FirstByteWait => SentAt is { } sent ? (HeadersAt ?? EndAt) - sent : null;

    /// <summary>How long the first byte of the body was waited for, or is still.</summary>
    public TimeSpan? BodyWait => SentAt is { } sent ? (FirstByteAt ?? EndAt) - sent : null;

    /// <summary>The whole exchange, from request to end.</summary>
    public TimeSpan? Total => SentAt is { } sent ? EndAt - sent : null;
}
