namespace EdgeProxy.Protocol;

/// <summary>
/// Why a stream ends badly, as a value. Made here and nowhere else; turned into a frame, a JSON body, a log line
/// and a metric in one place each.
/// </summary>
internal sealed record StreamFailure
{
    /// <summary>The error code a client sees: one of the fixed <c>upstream_*</c>, <c>stream_*</c> and <c>edge_*</c> codes, or the upstream's own. Never empty.</summary>
    public required string Code { get; init; }

    /// <summary>The error type a client sees, from OpenAI's vocabulary (<c>timeout_error</c>, <c>server_error</c>, …), or the upstream's own. Never empty.</summary>
    public required string Type { get; init; }

    /// <summary>One sentence for the client. Never empty; holds no host name, address or stack trace of ours.</summary>
    public required string Message { get; init; }

    /// <summary>The HTTP status that was lost, or that goes out if nothing was sent yet: 400 to 599.</summary>
    public required int Status { get; init; }

    /// <summary>Who failed.</summary>
    public required FailureSource Source { get; init; }

    /// <summary>The parameter that the upstream complained of, if it named one.</summary>
    public string? Param { get; init; }

    /// <summary>Google's status word (<c>RESOURCE_EXHAUSTED</c>), where the upstream's own error gave one.</summary>
    public string? GoogleStatus { get; init; }

    /// <summary>How long the upstream asked to be left alone, if it did.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How many attempts the upstream was given before the stream failed; 0 if none was made.</summary>
    public int Attempts { get; init; }

    /// <summary>What happened, for the log only.</summary>
    public Exception? Cause { get; init; }

    /// <summary>No connection, TLS or name failure, or a reset before any byte of the answer.</summary>
    public static StreamFailure Unreachable(Exception? cause = null) =>
        Upstream("upstream_unreachable", "server_error", 502, "The backend could not be reached.", cause);

    /// <summary>No first event within <paramref name="limit"/>.</summary>
    public static StreamFailure FirstEventTimeout(TimeSpan limit) =>
        Upstream("upstream_timeout", "timeout_error", 504, $"The backend sent no event within {Seconds(limit)} s.");

    /// <summary>Silent for longer than <paramref name="limit"/> between events.</summary>
    public static StreamFailure Stalled(TimeSpan limit) =>
        Upstream("upstream_stalled", "timeout_error", 504, $"The backend fell silent for {Seconds(limit)} s in the middle of its answer.");

    /// <summary>The connection or the body was cut in the middle of a stream.</summary>
    public static StreamFailure Disconnected(Exception? cause = null) =>
        Upstream("upstream_disconnected", "server_error", 502, "The connection to the backend was lost in the middle of its answer.", cause);

    /// <summary>An answer that is not an event stream, or one in an encoding that cannot be read.</summary>
    public static StreamFailure NotEventStream(string what) =>
        Upstream("upstream_not_sse", "server_error", 502, $"The backend answered with {what} where an event stream was expected.");

    /// <summary>Closed cleanly, but without a terminal signal.</summary>
    public static StreamFailure Incomplete() =>
        Upstream("stream_incomplete", "server_error", 502, "The backend ended its answer before it was complete.");

    /// <summary>The stream ran for longer than <paramref name="limit"/>.</summary>
    public static StreamFailure TooLong(TimeSpan limit) =>
        Edge("stream_too_long", "timeout_error", 504, $"The answer took longer than the {Seconds(limit)} s it is allowed.");

    /// <summary>The request body could not be read from the client: too large (413), or broken (400).</summary>
    public static StreamFailure BadRequestBody(int status) =>
        Edge("invalid_request_error", "invalid_request_error", status, status == 413 ? "The request body is larger than this route allows." : "The request body could not be read.");

    /// <summary>All places for streams are taken and no more may wait, or this one waited too long.</summary>
    public static StreamFailure Overloaded(TimeSpan retryAfter) =>
        Edge("edge_overloaded", "overloaded_error", 503, "All places for streams are taken; try again later.") with { RetryAfter = retryAfter };

    /// <summary>This instance is shutting down.</summary>
    public static StreamFailure Draining() =>
        Edge("edge_draining", "overloaded_error", 503, "This instance of the proxy is shutting down; another one can answer.");

    /// <summary>A fault of our own; the detail is in the log under the request id.</summary>
    public static StreamFailure Internal(Exception cause) =>
        Edge("edge_internal", "server_error", 500, "The proxy failed; its log has the detail under this request id.") with { Cause = cause };

    private static StreamFailure Upstream(string code, string type, int status, string message, Exception? cause = null) => new()
    {
        Code = code,
        Type = type,
        Status = status,
        Message = message,
        Source = FailureSource.Upstream,
        Cause = cause,
    };

    private static StreamFailure Edge(string code, string type, int status, string message) => new()
    {
        Code = code,
        Type = type,
        Status = status,
        Message = message,
        Source = FailureSource.Edge,
    };

    private static string Seconds(TimeSpan limit) => limit.TotalSeconds.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture);
}
