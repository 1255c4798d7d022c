namespace EdgeProxy.Protocol;

/// <summary>Turns an upstream's answer with an error status into a failure.</summary>
internal static class UpstreamError
{
    /// <summary>Stands in for a status that is no error status at all.</summary>
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
        return new StreamFailure
        {
            Message = own.Message ?? StatusWords.Message(status),
            Type = own.Type ?? StatusWords.Type(status),
            Code = own.Code ?? StatusWords.Code(status),
            Param = own.Param,
            GoogleStatus = own.GoogleStatus,
            Status = status,
            Source = FailureSource.Upstream,
            RetryAfter = retryAfter,
            Retryable = StatusWords.IsRetryable(status),
        };
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
}
