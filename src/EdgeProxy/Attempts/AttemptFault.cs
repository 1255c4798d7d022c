namespace EdgeProxy.Attempts;

/// <summary>How an attempt failed, as far as it matters to what comes next.</summary>
internal enum AttemptFault
{
    /// <summary>No connection: refused, no name, no TLS.</summary>
    Unreachable,

    /// <summary>Broken off after the request was sent and before the first event; also a clean end without any event.</summary>
    Reset,

    /// <summary>No first event within <c>Attempts:AttemptTimeout</c>.</summary>
    Silent,

    /// <summary>An error status.</summary>
    Status,

    /// <summary>An event stream whose first event was an error.</summary>
    ErrorEvent,

    /// <summary>A good status, but no event stream that can be read.</summary>
    NotEventStream,

    /// <summary>The request body could not be read from the client.</summary>
    RequestBody,

    /// <summary>The cluster had no destination that could be asked.</summary>
    NoDestination,

    /// <summary>A fault of our own.</summary>
    Internal,
}
