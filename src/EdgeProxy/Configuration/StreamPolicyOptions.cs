using EdgeProxy.Detection;
using EdgeProxy.Protocol;

namespace EdgeProxy.Configuration;

/// <summary>
/// One stream policy as it is configured: the section <c>EdgeProxy:StreamPolicies:{name}</c>. Every key is optional and
/// reloads live; streams in flight keep the policy they began with. Durations are written <c>[d.]hh:mm:ss[.fff]</c>.
/// </summary>
internal sealed class StreamPolicyOptions
{
    /// <summary>The dialect of the route's streams. Default: <c>Auto</c>, told from the request path's end.</summary>
    [WordForNull("Auto")]
    public DialectKind? Dialect { get; init; }

    /// <summary>Which requests of the route are streams. Default: <c>Auto</c>, what the request itself asks for.</summary>
    public DetectMode Detect { get; init; } = DetectMode.Auto;

    /// <summary>When and how a stream is opened.</summary>
    public PrimerOptions Primer { get; init; } = new();

    /// <summary>What is written into a silent stream.</summary>
    public KeepAliveOptions KeepAlive { get; init; } = new();

    /// <summary>Whether a stream ends with <c>data: [DONE]</c>. Default: <c>Auto</c>, as the dialect does.</summary>
    public TerminalMode Terminal { get; init; } = TerminalMode.Auto;

    /// <summary>How long the upstream may take.</summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>Further attempts and fallbacks.</summary>
    public AttemptOptions Attempts { get; init; } = new();

    /// <summary>How many streams may run at once.</summary>
    public AdmissionOptions Admission { get; init; } = new();

    /// <summary>What a client sees of a failure.</summary>
    public ErrorOptions Errors { get; init; } = new();

    /// <summary>Streams that a client may take up again.</summary>
    [NotYetEffective]
    public ResumeOptions Resume { get; init; } = new();

    /// <summary>How much is held in memory.</summary>
    public LimitOptions Limits { get; init; } = new();
}

/// <summary>When and how a stream is opened: <c>Primer</c>.</summary>
internal sealed class PrimerOptions
{
    /// <summary>
    /// How long the upstream may take before EdgeProxy opens the stream itself. Until then the client can still get the
    /// upstream's real status. Default: 2 s. Bounds: 0 (at once) to 1 day.
    /// </summary>
    [DurationRange("00:00:00", "1.00:00:00")]
    public TimeSpan After { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The primer comment's whole length in bytes, padded with spaces, for what buffers the first kilobytes. Default: 0, no padding. Bounds: 0 to 65536.</summary>
    [CountRange(0, 65536)]
    public int PaddingBytes { get; init; }
}

/// <summary>What is written into a silent stream: <c>KeepAlive</c>.</summary>
internal sealed class KeepAliveOptions
{
    /// <summary>The longest silence towards the client, from the commit to the last byte. Default: 8 s. Bounds: 100 ms to 1 hour.</summary>
    [DurationRange("00:00:00.100", "01:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>What breaks the silence. Default: <c>Auto</c>, the dialect's safe one; <c>None</c> turns keep-alives off.</summary>
    public KeepAliveFrame Frame { get; init; } = KeepAliveFrame.Auto;
}

/// <summary>How long the upstream may take: <c>Timeouts</c>. Only events count as activity, not the upstream's comments.</summary>
internal sealed class TimeoutOptions
{
    /// <summary>From the request to the first event. Default: 10 minutes. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan FirstEvent { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Between two events. Default: 5 minutes. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the whole stream. Default: null, no limit. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan? Total { get; init; }
}

/// <summary>What a client sees of a failure: <c>Errors</c>.</summary>
internal sealed class ErrorOptions
{
    /// <summary>Whether an upstream's own error text is shown. Default: <c>Upstream</c>; <c>Generic</c> hides it.</summary>
    public ErrorDetail Detail { get; init; } = ErrorDetail.Upstream;

    /// <summary>Whether a chat chunk with <c>finish_reason: "error"</c> stands between the error frame and <c>[DONE]</c> (OpenAI .NET raises only on that). Default: false.</summary>
    public bool FinishChunk { get; init; }
}

/// <summary>How much is held in memory for one request, in bytes: <c>Limits</c>.</summary>
internal sealed class LimitOptions
{
    /// <summary>How much of a request body is held back while it is searched for the stream flag; past it the decision is made late. Default: 1048576 (1 MiB). Bounds: 0 to 67108864.</summary>
    [CountRange(0, 67_108_864)]
    public int MaxInspectedBodyBytes { get; init; } = 1_048_576;

    /// <summary>The largest event that is held back until it is whole. Default: 262144 (256 KiB). Bounds: 1024 to 67108864.</summary>
    [CountRange(1024, 67_108_864)]
    public int MaxBufferedEventBytes { get; init; } = 262_144;

    /// <summary>How much of an upstream's error body is read. Default: 65536 (64 KiB). Bounds: 0 to 1048576.</summary>
    [CountRange(0, 1_048_576)]
    public int MaxErrorBodyBytes { get; init; } = 65_536;
}
