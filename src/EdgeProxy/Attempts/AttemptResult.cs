using EdgeProxy.Protocol;

namespace EdgeProxy.Attempts;

/// <summary>What came of one attempt.</summary>
internal sealed record AttemptResult
{
    /// <summary>What kind of answer there was.</summary>
    public required UpstreamAnswer Answer { get; init; }

    /// <summary>How the attempt broke.</summary>
    public required UpstreamFault Fault { get; init; }

    /// <summary>The upstream's status, or the one that the proxy pipeline set in its place.</summary>
    public required int Status { get; init; }

    /// <summary>The content type of a captured answer.</summary>
    public string? ContentType { get; init; }

    /// <summary>How long the upstream asked to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The body of a captured answer, cut at the policy's limit.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What was thrown, for the log.</summary>
    public Exception? Exception { get; init; }

    /// <summary>The destination that was asked; null if there was none.</summary>
    public string? Destination { get; init; }

    /// <summary>The failure that the attempt amounts to, or null if the upstream's answer ended as HTTP asks.</summary>
    public StreamFailure? ToFailure(ErrorDetail detail)
    {
        if (Fault == UpstreamFault.Internal)
        {
            return StreamFailure.Internal(Exception!);
        }

        if (Fault == UpstreamFault.ClientBody)
        {
            return StreamFailure.BadRequestBody(Status);
        }

        return Answer switch
        {
            UpstreamAnswer.Captured when Status >= 400 => UpstreamError.Read(Status, ContentType, Body.Span, RetryAfter, detail),
            UpstreamAnswer.Captured => StreamFailure.NotEventStream(Describe(Status, ContentType)),
            UpstreamAnswer.None => StreamFailure.Unreachable(Exception),
            _ => Fault == UpstreamFault.None ? null : StreamFailure.Disconnected(Exception),
        };
    }

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
