namespace EdgeProxy.Streaming;

/// <summary>How many streams are in which state.</summary>
/// <param name="Queued">They wait for a place.</param>
/// <param name="Waiting">A backend was asked, and has given no event yet.</param>
/// <param name="Streaming">Events have come.</param>
internal readonly record struct StreamCounts(int Queued, int Waiting, int Streaming)
{
    /// <summary>These and one stream more.</summary>
    public StreamCounts With(ClientStream stream) =>
        stream.IsQueued ? this with { Queued = Queued + 1 }
        : stream.Tally.FirstEventAt is null ? this with { Waiting = Waiting + 1 }
        : this with { Streaming = Streaming + 1 };
}
