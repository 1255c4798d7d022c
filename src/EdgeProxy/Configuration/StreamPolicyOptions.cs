using EdgeProxy.Detection;
using EdgeProxy.Protocol;

namespace EdgeProxy.Configuration;

/// <summary>
/// A stream policy: how the streams of the routes that name it are opened, kept alive and ended. Every key is optional and
/// reloads; streams in flight keep the policy they began with.
/// </summary>
internal sealed class StreamPolicyOptions
{
    /// <summary>The API whose wire habits the streams have: error frames, terminal markers, safe keep-alives. Default: <c>Auto</c>, told from the end of the request's path.</summary>
    [WordForNull("Auto")]
    public DialectKind? Dialect { get; init; }

    /// <summary>Which requests are streams; all others are plain YARP's. Default: <c>Auto</c>, those that ask for one.</summary>
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

/// <summary>The first bytes of a stream that EdgeProxy itself opens, when the upstream is late: status 200, headers and one comment.</summary>
internal sealed class PrimerOptions
{
    /// <summary>
    /// How long the upstream may take before EdgeProxy opens the stream itself. Until then the client can still get the
    /// upstream's real status; afterwards a failure is an error frame. Default: 2 s. Bounds: 0 (at once) to 1 day.
    /// </summary>
    [DurationRange("00:00:00", "1.00:00:00")]
    public TimeSpan After { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The length of the first comment in bytes, padded with spaces, for intermediaries that hold back the first kilobytes. Default: 0, no padding. Bounds: 0 to 65536.</summary>
    [CountRange(0, 65536)]
    public int PaddingBytes { get; init; }
}

/// <summary>What is written into a silent stream, so that nothing between the client and EdgeProxy gives up.</summary>
internal sealed class KeepAliveOptions
{
    /// <summary>The longest silence towards the client, from the moment the stream is open to its last byte. Default: 8 s. Bounds: 100 ms to 1 hour.</summary>
    [DurationRange("00:00:00.100", "01:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>What breaks the silence. Default: <c>Auto</c>, what clients of the dialect are known to pass over.</summary>
    public KeepAliveFrame Frame { get; init; } = KeepAliveFrame.Auto;
}

/// <summary>How long the upstream may take. Only its events count as activity, not its comments, and no keep-alive.</summary>
internal sealed class TimeoutOptions
{
    /// <summary>How long from the request to the first event, all attempts together. Past it the stream ends with <c>upstream_timeout</c>. Default: 10 minutes. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan FirstEvent { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long between two events. Past it the stream ends with <c>upstream_stalled</c>. Default: 5 minutes. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the whole stream may last. Past it the stream ends with <c>stream_too_long</c>. Default: null, no limit. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan? Total { get; init; }
}

/// <summary>What a client sees of a failure.</summary>
internal sealed class ErrorOptions
{
    /// <summary>How much of an upstream's own error a client sees. Default: <c>Upstream</c>.</summary>
    public ErrorDetail Detail { get; init; } = ErrorDetail.Upstream;

    /// <summary>Whether a chat chunk with <c>finish_reason: "error"</c> stands between the error frame and <c>[DONE]</c>, for clients that pass over error frames: OpenAI's .NET SDK raises on nothing else. Default: false.</summary>
    public bool FinishChunk { get; init; }
}

/// <summary>How much is held in memory for one request, in bytes.</summary>
internal sealed class LimitOptions
{
    /// <summary>How much of a request body is held back while it is searched for the stream flag. A longer body flows upstream while it is searched, and the stream opens when the flag is found. Default: 1048576 (1 MiB). Bounds: 0 to 67108864.</summary>
    [CountRange(0, 67_108_864)]
    public int MaxInspectedBodyBytes { get; init; } = 1_048_576;

    /// <summary>The largest event that is held back until it is whole; a larger one passes as it comes, and no keep-alive is written until it ends. Default: 262144 (256 KiB). Bounds: 1024 to 67108864.</summary>
    [CountRange(1024, 67_108_864)]
    public int MaxBufferedEventBytes { get; init; } = 262_144;

    /// <summary>How much of an upstream's error body is read for its message, type and code. Default: 65536 (64 KiB). Bounds: 0 to 1048576.</summary>
    [CountRange(0, 1_048_576)]
    public int MaxErrorBodyBytes { get; init; } = 65_536;
}
