using EdgeProxy.Detection;
using EdgeProxy.Protocol;
using EdgeProxy.Streaming;

namespace EdgeProxy.Configuration;

/// <summary>
/// One route's stream policy, ready for use and immutable. It is metadata of the route's endpoint: a request keeps the one it
/// began with whatever is reloaded meanwhile. A route with <c>StreamPolicy: Off</c> has none.
/// </summary>
internal sealed record StreamPolicy
{
    /// <summary>The policy's name, spelt as it was defined.</summary>
    public required string Name { get; init; }

    /// <summary>The route that this is the policy of.</summary>
    public required string RouteId { get; init; }

    /// <summary>The YARP cluster that the route names; null if it names none.</summary>
    public required string? ClusterId { get; init; }

    /// <summary>How the streams among the requests are found.</summary>
    public required DetectionSettings Detection { get; init; }

    /// <summary>How streams are opened, kept alive and ended.</summary>
    public required ClientStreamSettings Client { get; init; }

    /// <summary>Which failures are tried again, and where.</summary>
    public required AttemptOptions Attempts { get; init; }

    /// <summary>How many streams may run at once, and how many may wait.</summary>
    public required AdmissionOptions Admission { get; init; }

    /// <summary>How much of an upstream's own error text a client may see.</summary>
    public required ErrorDetail ErrorDetail { get; init; }

    /// <summary>How many bytes of an upstream's error body are read.</summary>
    public required int MaxErrorBodyBytes { get; init; }

    /// <summary>
    /// The YARP route's <c>MaxRequestBodySize</c> in bytes: -1 lifts the server's limit, null leaves it. YARP passes it over
    /// in silence once a body was read from, so it is applied before the body is inspected.
    /// </summary>
    public required long? MaxRequestBodySize { get; init; }

    /// <summary>Compiles a policy for a route.</summary>
    public static StreamPolicy Compile(string name, string routeId, string? clusterId, StreamPolicyOptions options, long? maxRequestBodySize) => new()
    {
        Name = name,
        RouteId = routeId,
        ClusterId = clusterId,
        Detection = new(options.Detect, options.Dialect, options.Limits.MaxInspectedBodyBytes),
        Client = new()
        {
            PrimerAfter = options.Primer.After,
            PrimerPaddingBytes = options.Primer.PaddingBytes,
            KeepAliveInterval = options.KeepAlive.Interval,
            KeepAliveFrame = options.KeepAlive.Frame,
            Terminal = options.Terminal,
            FirstEventTimeout = options.Timeouts.FirstEvent,
            IdleTimeout = options.Timeouts.Idle,
            TotalTimeout = options.Timeouts.Total,
            FinishChunk = options.Errors.FinishChunk,
            MaxBufferedEventBytes = options.Limits.MaxBufferedEventBytes,
        },
        Attempts = options.Attempts,
        Admission = options.Admission,
        ErrorDetail = options.Errors.Detail,
        MaxErrorBodyBytes = options.Limits.MaxErrorBodyBytes,
        MaxRequestBodySize = maxRequestBodySize,
    };
}
