using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>Whom one attempt may ask, and with which body.</summary>
/// <param name="Stage">The cluster and model.</param>
/// <param name="Candidates">The destinations that YARP's affinity and load balancing choose from.</param>
/// <param name="Probe">The claim to be the one request that tries a sick destination.</param>
/// <param name="Body">The request body with the stage's model in it; null: the request's own.</param>
internal sealed record AttemptTarget(AttemptStage Stage, IReadOnlyList<DestinationState> Candidates, BreakerProbe? Probe, RewrittenBody? Body);
