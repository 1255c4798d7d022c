using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>Whom one attempt may ask.</summary>
/// <param name="Stage">The cluster and model.</param>
/// <param name="Candidates">The destinations that YARP's affinity and load balancing choose from.</param>
/// <param name="Probe">The claim to be the one request that tries a sick destination.</param>
internal sealed record AttemptTarget(AttemptStage Stage, IReadOnlyList<DestinationState> Candidates, BreakerProbe? Probe);
