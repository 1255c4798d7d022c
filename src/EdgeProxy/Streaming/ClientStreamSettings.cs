using EdgeProxy.Protocol;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Streaming;

/// <summary>How one route's streams are opened, kept alive and ended.</summary>
internal sealed record ClientStreamSettings
{
    /// <summary>How long the upstream may take before the primer goes out. Zero commits at once.</summary>
    public required TimeSpan PrimerAfter { get; init; }

    /// <summary>What the route adds to the head of every answer, for a stream that is opened before the upstream has answered.</summary>
    public IReadOnlyDictionary<string, StringValues> OpeningHeaders { get; init; } = new Dictionary<string, StringValues>();

    /// <summary>What the route adds to the head of an answer that fails, for one that is EdgeProxy's own.</summary>
    public IReadOnlyDictionary<string, StringValues> RefusalHeaders { get; init; } = new Dictionary<string, StringValues>();

    /// <summary>The primer's length in bytes, padded with spaces; 0 for no padding.</summary>
    public required int PrimerPaddingBytes { get; init; }

    /// <summary>The longest silence towards the client.</summary>
    public required TimeSpan KeepAliveInterval { get; init; }

    /// <summary>What breaks the silence.</summary>
    public required KeepAliveFrame KeepAliveFrame { get; init; }

    /// <summary>Whether <c>[DONE]</c> ends a stream.</summary>
    public required TerminalMode Terminal { get; init; }

    /// <summary>How long the first event may take.</summary>
    public required TimeSpan FirstEventTimeout { get; init; }

    /// <summary>How long the upstream may be silent between events.</summary>
    public required TimeSpan IdleTimeout { get; init; }

    /// <summary>How long a whole stream may take; null for no limit.</summary>
    public required TimeSpan? TotalTimeout { get; init; }

    /// <summary>Whether a chat chunk with <c>finish_reason: "error"</c> stands between error frame and <c>[DONE]</c> (OpenAI .NET raises only on that).</summary>
    public required bool FinishChunk { get; init; }

    /// <summary>The largest event that is held back until it is whole, in bytes.</summary>
    public required int MaxBufferedEventBytes { get; init; }
}
