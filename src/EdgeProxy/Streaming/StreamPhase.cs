namespace EdgeProxy.Streaming;

/// <summary>How far a client's stream has come.</summary>
internal enum StreamPhase
{
    /// <summary>Nothing was written: the client can still get a real HTTP status.</summary>
    Waiting,

    /// <summary>The stream is open: from now on only frames.</summary>
    Committed,

    /// <summary>The upstream's answer, not an event stream, goes to the client as it is.</summary>
    PassedThrough,

    /// <summary>The last byte was written.</summary>
    Ended,
}
