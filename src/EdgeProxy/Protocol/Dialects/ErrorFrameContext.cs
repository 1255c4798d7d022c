namespace EdgeProxy.Protocol.Dialects;

/// <summary>What a dialect's error frame tells besides the failure.</summary>
internal readonly record struct ErrorFrameContext
{
    /// <summary>The id under which the client and the log know this request.</summary>
    public required string RequestId { get; init; }

    /// <summary>The <c>sequence_number</c> that the stream's next event carries (<see cref="EventTracker.NextSequenceNumber"/>).</summary>
    public long NextSequenceNumber { get; init; }

    /// <summary>The line ending of the upstream's stream, as far as it is known.</summary>
    public LineEnding LineEnding { get; init; }
}
