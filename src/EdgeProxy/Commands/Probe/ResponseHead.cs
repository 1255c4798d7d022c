namespace EdgeProxy.Commands.Probe;

/// <summary>The head of an answer. All text in it is safe to print.</summary>
internal sealed record ResponseHead
{
    public const string EventStream = "text/event-stream";

    /// <summary>Headers that tell who answered, what stood in between and what may hold bytes back. Any other is not shown: it may be a credential.</summary>
    public static readonly IReadOnlyList<string> Notable =
    [
        "server", "via", "content-type", "content-encoding", "content-length", "transfer-encoding", "cache-control", "x-accel-buffering", "retry-after",
        "location", "age", "x-cache", "x-cache-hits", "x-served-by", "x-varnish", "cf-ray", "cf-cache-status", "x-amz-cf-id", "x-amz-cf-pop",
        "x-azure-ref", "x-envoy-upstream-service-time", "x-request-id", "request-id", "apim-request-id", "server-timing", "alt-svc",
    ];

    /// <summary>The status code.</summary>
    public required int Status { get; init; }

    /// <summary>The server's own word for it, or none.</summary>
    public string Reason { get; init; } = "";

    /// <summary><c>1.0</c>, <c>1.1</c>, <c>2</c> or <c>3</c>.</summary>
    public required string HttpVersion { get; init; }

    /// <summary>The <see cref="Notable"/> headers that it has, in that order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Whether the body is an event stream by its content type.</summary>
    public bool IsEventStream { get; init; }

    /// <summary>Whether only the end of the connection ends the body, so that a cut cannot be told from an end.</summary>
    public bool EndsWithConnection { get; init; }

    /// <summary>A header's value, if it is among them.</summary>
    public string? Header(string name) => Headers.FirstOrDefault(header => header.Key == name).Value;
}
