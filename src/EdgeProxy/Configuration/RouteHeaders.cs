using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>
/// The response headers that a route sets whatever the backend answers: its <c>ResponseHeader</c> transforms. YARP applies them when the backend's
/// head is here; a stream that EdgeProxy opens before that, or refuses, must have them too, or a browser does not show it for want of its CORS headers.
/// </summary>
internal static class RouteHeaders
{
    /// <summary>
    /// The headers of an answer that succeeds, or of one that fails: one that is set anew replaces what was there, one that is appended stands
    /// beside it.
    /// </summary>
    public static IReadOnlyDictionary<string, StringValues> Of(RouteConfig route, bool succeeds)
    {
        var headers = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        foreach (var transform in route.Transforms ?? [])
        {
            if (!transform.TryGetValue("ResponseHeader", out var name) || !Applies(transform, succeeds) || IsOfTheBody(name))
            {
                continue;
            }

            if (transform.TryGetValue("Set", out var value))
            {
                headers[name] = value;
            }
            else if (transform.TryGetValue("Append", out value))
            {
                headers[name] = StringValues.Concat(headers.GetValueOrDefault(name), value);
            }
        }

        return headers;
    }

    /// <summary>YARP's default for <c>When</c> is <c>Success</c>.</summary>
    private static bool Applies(IReadOnlyDictionary<string, string> transform, bool succeeds) =>
        transform.TryGetValue("When", out var when) && !when.Equals("Success", StringComparison.OrdinalIgnoreCase)
            ? when.Equals("Always", StringComparison.OrdinalIgnoreCase) || !succeeds
            : succeeds;

    /// <summary>What tells of the body, which is EdgeProxy's own.</summary>
    private static bool IsOfTheBody(string name) =>
        name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase);
}
