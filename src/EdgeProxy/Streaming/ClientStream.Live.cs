using EdgeProxy.Protocol;

namespace EdgeProxy.Streaming;

/// <summary>What can be seen of the stream while it runs, by any thread.</summary>
internal sealed partial class ClientStream
{
    /// <summary>The stream policy's name.</summary>
    public string Policy { get; init; } = "";

    /// <summary>The cluster that the route names; null if it names none.</summary>
    public string? Cluster { get; init; }

    /// <summary>When it began: a timestamp of the time provider.</summary>
    public long BeganAt => _start;

    /// <summary>The dialect spoken to the client.</summary>
    public DialectKind Dialect => _dialect.Kind;

    /// <summary>The upstream's side.</summary>
    public UpstreamProgress Upstream { get; } = new();

    /// <summary>What the stream is doing.</summary>
    public StreamState State => _phase switch
    {
        StreamPhase.Ended => StreamState.Ending,
        StreamPhase.PassedThrough => StreamState.PassingThrough,
        _ when IsQueued => StreamState.Queued,
        _ => Volatile.Read(ref _lastEvent) == NotYet ? StreamState.Waiting : StreamState.Streaming,
    };

    /// <summary>How long ago the upstream gave its last event; null while it has given none.</summary>
    public TimeSpan? LastEventAge => Volatile.Read(ref _lastEvent) is var last && last == NotYet ? null : Now - TimeSpan.FromTicks(last);
}
