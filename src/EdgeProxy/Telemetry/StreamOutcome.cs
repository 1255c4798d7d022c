namespace EdgeProxy.Telemetry;

/// <summary>How one stream ended.</summary>
internal enum StreamOutcome
{
    /// <summary>The client got a whole answer.</summary>
    Ok,

    /// <summary>The upstream's own answer, not an event stream, went to the client as it was.</summary>
    PassedThrough,

    /// <summary>The upstream failed after the commit, and the client got an error frame and a clean end.</summary>
    Rescued,

    /// <summary>The upstream failed before the commit, and the client got a real status.</summary>
    Refused,

    /// <summary>The upstream broke off an answer that was passed through, and the client's connection was cut as HTTP asks.</summary>
    Cut,

    /// <summary>The client left first.</summary>
    ClientGone,
}
