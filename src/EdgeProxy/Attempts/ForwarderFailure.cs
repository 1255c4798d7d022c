using Yarp.ReverseProxy.Forwarder;

namespace EdgeProxy.Attempts;

/// <summary>What went wrong with a forwarding, for YARP's health checks and for the attempt.</summary>
/// <param name="Error">In YARP's words.</param>
/// <param name="Exception">The exception behind it, if any.</param>
internal sealed record ForwarderFailure(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
