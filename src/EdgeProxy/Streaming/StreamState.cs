namespace EdgeProxy.Streaming;

/// <summary>What a running stream is doing, for those who look on.</summary>
internal enum StreamState
{
    /// <summary>It waits for a place; no backend was asked.</summary>
    Queued,

    /// <summary>A backend was asked, or will be, and no event has come.</summary>
    Waiting,

    /// <summary>Events have come.</summary>
    Streaming,

    /// <summary>The upstream's answer, not an event stream, goes to the client as it is.</summary>
    PassingThrough,

    /// <summary>The client has its ending; what is left is the upstream's side.</summary>
    Ending,
}
