namespace EdgeProxy.Streaming;

/// <summary>The counts of one stream. Instants are offsets from its beginning.</summary>
internal sealed class StreamTally
{
    /// <summary>When the stream was opened to the client; null if it never was.</summary>
    public TimeSpan? CommittedAt { get; set; }

    /// <summary>Whether the primer opened it, before the upstream's first event.</summary>
    public bool CommittedEarly { get; set; }

    /// <summary>When the upstream's first event came; null if none did.</summary>
    public TimeSpan? FirstEventAt { get; set; }

    /// <summary>The longest time between two writes' worth of events.</summary>
    public TimeSpan LongestGap { get; set; }

    /// <summary>Events that the upstream gave.</summary>
    public long Events { get; set; }

    /// <summary>Upstream bytes that were passed on.</summary>
    public long Bytes { get; set; }

    /// <summary>Keep-alives written, without the primer.</summary>
    public int KeepAlives { get; set; }
}
