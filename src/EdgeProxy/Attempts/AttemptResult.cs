using EdgeProxy.Protocol;

namespace EdgeProxy.Attempts;

/// <summary>What came of one attempt.</summary>
internal sealed record AttemptResult
{
    /// <summary>What kind of answer there was.</summary>
    public required UpstreamAnswer Answer { get; init; }

    /// <summary>How it failed; null if the upstream's answer ended as HTTP asks.</summary>
    public required AttemptFault? Fault { get; init; }

    /// <summary>The upstream's status, or the one that the proxy pipeline set in its place.</summary>
    public required int Status { get; init; }

    /// <summary>The status that the upstream really answered with; null if it did not.</summary>
    public int? UpstreamStatus => Answer == UpstreamAnswer.None ? null : Status;

    /// <summary>The content type of a captured answer.</summary>
    public string? ContentType { get; init; }

    /// <summary>How long the upstream asked to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The body of a captured answer, or the beginning of a stream that began with an error; cut at the policy's limit.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether <see cref="Body"/> is all of it.</summary>
    public bool IsBodyWhole { get; init; }

    /// <summary>Whether an event stream without an event was ended cleanly.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>How long the attempt could have been silent.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>What was thrown, for the log.</summary>
    public Exception? Exception { get; init; }

    /// <summary>The destination that was asked; null if there was none.</summary>
    public string? Destination { get; init; }

    /// <summary>The failure that the attempt amounts to, in the upstream's own words where it had any; null if there was none.</summary>
    public StreamFailure? ToFailure() => Fault switch
    {
        null => null,
        AttemptFault.Internal => StreamFailure.Internal(Exception!),
        AttemptFault.RequestBody => StreamFailure.BadRequestBody(Status),
        AttemptFault.Status => UpstreamError.Read(Status, ContentType, Body.Span, RetryAfter, ErrorDetail.Upstream),
        AttemptFault.ErrorEvent => UpstreamError.ReadEvent(Body.Span) ?? StreamFailure.Incomplete(),
        AttemptFault.NotEventStream => StreamFailure.NotEventStream(Describe(Status, ContentType)),
        AttemptFault.Silent => StreamFailure.FirstEventTimeout(Timeout ?? TimeSpan.Zero),
        AttemptFault.Reset => IsEmpty ? StreamFailure.Incomplete() : StreamFailure.Disconnected(Exception),
        _ => StreamFailure.Unreachable(Exception),
    };

    /// <summary>Names an answer in words that are ours: of the upstream's text only a well-formed media type.</summary>
    private static string Describe(int status, string? contentType)
    {
        if (status is < 200 or >= 300)
        {
            return $"status {status}";
        }

        return MediaTypes.IsEventStream(contentType) ? "an encoding that cannot be read"
            : MediaTypes.TryGetName(contentType, out var name) ? name
            : "no content type";
    }
}
