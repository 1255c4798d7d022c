using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>Whom the next attempt may ask.</summary>
/// <param name="Candidates">The destinations for load balancing to choose from; empty when none may be asked.</param>
/// <param name="Probe">
/// The probe that this request has become, to be disposed by the caller; its destination is among the candidates. With session
/// affinity another one may be chosen: then it is to be disposed before the attempt runs.
/// </param>
internal readonly record struct DestinationSelection(IReadOnlyList<DestinationState> Candidates, BreakerProbe? Probe);

/// <summary>What a further attempt in the same cluster would find.</summary>
/// <param name="HasUntried">A destination that this request has not asked yet may be asked.</param>
/// <param name="MayRepeat">One that it has asked, and that was not silent, may be asked again.</param>
internal readonly record struct DestinationOutlook(bool HasUntried, bool MayRepeat);
