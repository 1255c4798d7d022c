namespace EdgeProxy.Detection;

/// <summary>Whether a request asks for a stream.</summary>
internal enum StreamWish
{
    /// <summary>It does not: YARP alone serves it.</summary>
    NotAStream,

    /// <summary>It does.</summary>
    Stream,

    /// <summary>Either will do (MCP): the answer's content type decides.</summary>
    DecidedByAnswer,

    /// <summary>The body is too long to hold back: it is searched while it flows upstream.</summary>
    DecidedLate,
}
