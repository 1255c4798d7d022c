using EdgeProxy.Protocol;

namespace EdgeProxy.Detection;

/// <summary>How the streams among a route's requests are found.</summary>
/// <param name="Mode">Which requests are streams.</param>
/// <param name="Dialect">The dialect of all of them, or null to tell it from the path.</param>
/// <param name="MaxInspectedBodyBytes">How much of a request body is held back while it is searched for the stream flag; past it the decision is made late.</param>
internal sealed record DetectionSettings(DetectMode Mode, DialectKind? Dialect, int MaxInspectedBodyBytes);
