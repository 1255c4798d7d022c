using System.Text.Json;
using System.Text.Json.Serialization;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>
/// A route's policy written out in full into the route's own metadata. YARP builds a route's endpoint anew when the route
/// differs from the one before, and compares metadata but neither what a policy's name stands for nor, in 2.1,
/// <c>MaxRequestBodySize</c>: written out, a change of either is a change of the route.
/// </summary>
/// <param name="Name">The policy's name.</param>
/// <param name="Options">Its options; null for <c>Off</c>.</param>
/// <param name="MaxRequestBodySize">The route's limit on request bodies.</param>
internal sealed record EffectivePolicy(string Name, StreamPolicyOptions? Options, long? MaxRequestBodySize)
{
    private const string MetadataKey = "EdgeProxy.EffectivePolicy";

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>The route with the policy in its metadata.</summary>
    public RouteConfig WriteTo(RouteConfig route)
    {
        var metadata = new Dictionary<string, string>(route.Metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase)
        {
            [MetadataKey] = JsonSerializer.Serialize(this, Json),
        };
        return route with { Metadata = metadata };
    }

    /// <summary>The policy in a route's metadata, or null.</summary>
    public static EffectivePolicy? ReadFrom(RouteConfig route) =>
        route.Metadata is not null && route.Metadata.TryGetValue(MetadataKey, out var json) ? JsonSerializer.Deserialize<EffectivePolicy>(json, Json) : null;
}
