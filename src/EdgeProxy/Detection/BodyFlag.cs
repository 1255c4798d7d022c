namespace EdgeProxy.Detection;

/// <summary>What a request body says about streaming, as far as it has been read.</summary>
internal enum BodyFlag
{
    /// <summary>More bytes are needed.</summary>
    Undecided,

    /// <summary>It asks for a stream.</summary>
    Stream,

    /// <summary>It asks for a whole answer.</summary>
    NotAStream,

    /// <summary>It is well-formed and leaves the matter open; the request's head decides.</summary>
    SaysNothing,

    /// <summary>It is broken or cut off: not a stream, and the backend judges it.</summary>
    Malformed,
}
