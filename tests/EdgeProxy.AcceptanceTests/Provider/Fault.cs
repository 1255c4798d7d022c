namespace EdgeProxy.AcceptanceTests.Provider;

/// <summary>How the provider answers.</summary>
internal enum Fault
{
    /// <summary>Whole and good, but its first byte is late and it pauses in the middle.</summary>
    Slow,

    /// <summary>Whole and good, but it pauses in the middle.</summary>
    Pause,

    /// <summary>A 429 at once.</summary>
    EarlyRateLimit,

    /// <summary>A 429 after a wait.</summary>
    LateRateLimit,

    /// <summary>A 200 with an HTML page after a wait.</summary>
    LateHtml,

    /// <summary>A stream that begins with an error event.</summary>
    ErrorFirst,

    /// <summary>A good stream whose connection is cut within an event.</summary>
    Cut,

    /// <summary>A good stream that falls silent for good.</summary>
    Stall,
}
