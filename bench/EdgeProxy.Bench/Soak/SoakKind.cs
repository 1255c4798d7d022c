namespace EdgeProxy.Bench.Soak;

/// <summary>How one exchange of the soak behaves, on either side.</summary>
internal enum SoakKind
{
    /// <summary>A paced stream.</summary>
    Paced,

    /// <summary>The first byte comes late: keep-alives stand in for it.</summary>
    SlowFirst,

    /// <summary>The backend sends as fast as it can, the client reads slowly.</summary>
    SlowReader,

    /// <summary>One event of 1 to 20 MB.</summary>
    Huge,

    /// <summary>The backend's connection is reset in the middle of an event.</summary>
    Reset,

    /// <summary>The backend's connection is closed in the middle of an event, without HTTP's own end.</summary>
    Close,

    /// <summary>The backend ends its answer cleanly in the middle of an event.</summary>
    EndEarly,

    /// <summary>The backend falls silent in the middle of an event and keeps the connection.</summary>
    Stall,

    /// <summary>The client leaves before the answer's head.</summary>
    LeaveEarly,

    /// <summary>The client leaves in the middle of an event.</summary>
    LeaveLate,

    /// <summary>The first attempt is answered with an error status, the second is good.</summary>
    Retried,

    /// <summary>Every attempt is answered with an error status.</summary>
    Refused,

    /// <summary>A plain JSON answer.</summary>
    Json,

    /// <summary>A request body over the replay limit, and a good answer.</summary>
    LargeBody,

    /// <summary>A request body over the replay limit, and an error status, which no other attempt can mend.</summary>
    LargeBodyRefused,

    /// <summary>A route with few places and a short queue.</summary>
    Crowded,
}
