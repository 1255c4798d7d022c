namespace EdgeProxy.Protocol;

/// <summary>Turns an upstream's answer with an error status into a failure.</summary>
internal static class UpstreamError
{
    /// <summary>Stands in for a status that is no error status at all, and for one that an error event does not tell.</summary>
    private const int BadGateway = 502;

    /// <summary>
    /// Reads an error answer. Its own message, type, code and parameter are kept where the body is JSON of a known shape
    /// (<see cref="UpstreamErrorBody"/>); anything else is told by the status alone, because a body made for people may hold
    /// stack traces and host names.
    /// </summary>
    /// <param name="status">The upstream's HTTP status; one outside 400 to 599 becomes 502.</param>
    /// <param name="contentType">The upstream's <c>Content-Type</c>, if it gave one.</param>
    /// <param name="body">The decoded body, or the first part of it.</param>
    /// <param name="retryAfter">How long the upstream asked to be left alone (<see cref="RetryAfter"/>).</param>
    /// <param name="detail"><see cref="ErrorDetail.Generic"/> hides the upstream's words.</param>
    public static StreamFailure Read(int status, string? contentType, ReadOnlySpan<byte> body, TimeSpan? retryAfter, ErrorDetail detail)
    {
        status = status is >= 400 and <= 599 ? status : BadGateway;
        var own = detail == ErrorDetail.Upstream ? UpstreamErrorBody.Parse(contentType, body) : default;
        return Failure(status, in own, retryAfter);
    }

    /// <summary>
    /// Reads an event stream whose first event is an error: named <c>error</c>, or with a top-level <c>error</c> or <c>"type":"error"</c> in its data. The
    /// status that it amounts to is the one that it tells, as a number or by a well-known word (<see cref="UpstreamErrorHints"/>), else 502.
    /// </summary>
    /// <param name="stream">The stream's first bytes, decoded.</param>
    /// <returns>The failure in the upstream's words; null if no event was dispatched or the first one is no error.</returns>
    public static StreamFailure? ReadEvent(ReadOnlySpan<byte> stream)
    {
        var first = SseFirstEvent.Read(stream);
        if (!first.IsDispatched)
        {
            return null;
        }

        var own = UpstreamErrorBody.Parse(first.Data);
        return own.IsErrorEvent || first.Name.SequenceEqual("error"u8)
            ? Failure(own.Status == 0 ? BadGateway : own.Status, in own, own.RetryAfter)
            : null;
    }

    /// <summary>
    /// What <see cref="ErrorDetail.Generic"/> makes of a failure that was read with the upstream's words, so that a retry can be
    /// decided by the real code and the client still learns the status alone.
    /// </summary>
    public static StreamFailure WithoutWords(StreamFailure failure) => failure with
    {
        Message = StatusWords.Message(failure.Status),
        Type = StatusWords.Type(failure.Status),
        Code = StatusWords.Code(failure.Status),
        Param = null,
        GoogleStatus = null,
    };

    private static StreamFailure Failure(int status, in UpstreamErrorBody own, TimeSpan? retryAfter) => new()
    {
        Message = own.Message ?? StatusWords.Message(status),
        Type = own.Type ?? StatusWords.Type(status),
        Code = own.Code ?? StatusWords.Code(status),
        Param = own.Param,
        GoogleStatus = own.GoogleStatus,
        Status = status,
        Source = FailureSource.Upstream,
        RetryAfter = retryAfter,
    };
}
