namespace EdgeProxy.Detection;

/// <summary>What a look into the request body found.</summary>
/// <param name="Wish">The wish. <see cref="StreamWish.DecidedLate"/> means: search on while the body flows, with a <see cref="LateDecisionBody"/>.</param>
/// <param name="Scanner">The scanner in the state that it has reached, if the decision is made late; else null.</param>
/// <param name="ScannedBytes">How much of the body the scanner has seen; those bytes are still in the body.</param>
internal readonly record struct PeekResult(StreamWish Wish, IBodyFlagScanner? Scanner = null, long ScannedBytes = 0);
