namespace EdgeProxy.Detection;

/// <summary>
/// Searches a request body for its stream flag while the body arrives, in pieces that may be cut anywhere. What it finds
/// does not depend on where the cuts are. Memory is bounded whatever comes; no byte is looked at twice.
/// </summary>
internal interface IBodyFlagScanner
{
    /// <summary>Looks at the next bytes of the body. Once anything but <see cref="BodyFlag.Undecided"/> came back, it stays.</summary>
    BodyFlag Scan(ReadOnlySpan<byte> newBytes);

    /// <summary>The body has ended. Never <see cref="BodyFlag.Undecided"/>; an empty body says nothing, a cut one is malformed.</summary>
    BodyFlag Complete();
}
