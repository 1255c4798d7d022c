using EdgeProxy.Configuration;
using EdgeProxy.Protocol.Dialects;
using EdgeProxy.Streaming;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Attempts;

/// <summary>One request that wants an answer from a backend.</summary>
internal sealed record AttemptJob
{
    /// <summary>The client's request.</summary>
    public required HttpContext Client { get; init; }

    /// <summary>The rest of the proxy pipeline, which forwards it once.</summary>
    public required RequestDelegate Forward { get; init; }

    /// <summary>Where the answer goes.</summary>
    public required IEventSink Sink { get; init; }

    /// <summary>Is told whom the attempts ask.</summary>
    public UpstreamProgress Progress { get; init; } = new();

    /// <summary>The route's policy.</summary>
    public required StreamPolicy Policy { get; init; }

    /// <summary>The dialect that the upstream is expected to speak.</summary>
    public required Dialect Dialect { get; init; }

    /// <summary>The id that the backend is told where the caller gave it none.</summary>
    public required string RequestId { get; init; }

    /// <summary>Whether the request is known to ask for a stream before its head goes upstream.</summary>
    public required bool IsKnownStream { get; init; }

    /// <summary>Ends all attempts: a deadline of the stream has passed, or the instance has no more time to give.</summary>
    public required CancellationToken Expired { get; init; }
}
