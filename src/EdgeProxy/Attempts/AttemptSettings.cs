namespace EdgeProxy.Attempts;

/// <summary>What one attempt needs to know of its request and policy.</summary>
/// <param name="IsKnownStream">Whether the request is known to ask for a stream before its head goes upstream.</param>
/// <param name="RequestId">The id that the backend is told where the caller gave it none.</param>
/// <param name="MaxErrorBodyBytes">How much of an error answer's body is read for the error frame.</param>
internal sealed record AttemptSettings(bool IsKnownStream, string RequestId, int MaxErrorBodyBytes);
