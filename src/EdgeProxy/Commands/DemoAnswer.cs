namespace EdgeProxy.Commands;

/// <summary>What a demo client got.</summary>
/// <param name="Words">The text that the events carried.</param>
/// <param name="ErrorCode">The code of the error frame, if there was one.</param>
/// <param name="Dones">How many <c>[DONE]</c> there were.</param>
/// <param name="KeepAlives">How many comments there were, the primer among them.</param>
/// <param name="Broken">Why the answer broke off, if it did.</param>
internal sealed record DemoAnswer(string Words, string? ErrorCode, int Dones, int KeepAlives, string? Broken)
{
    /// <summary>Whether a client can tell how the answer ended: whole, or with an error.</summary>
    public bool EndedCleanly => Broken is null && Dones == 1;
}
