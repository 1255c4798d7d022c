using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>One route in use.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Match">The requests that it is for, in words.</param>
/// <param name="Cluster">Its cluster; null if it names none.</param>
/// <param name="Policy">Its stream policy; <c>Off</c> for none.</param>
internal sealed record RouteEntry(string Id, string Match, string? Cluster, string Policy);

/// <summary>One stream policy that routes in use have.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Settings">All its options; empty for <c>Off</c>.</param>
internal sealed record PolicyEntry(string Name, IReadOnlyList<PolicySetting> Settings);

/// <summary>The routes as YARP has them now, and the policies in effect on them: what is used, not what the files say.</summary>
internal sealed class RouteOverview(IProxyStateLookup proxy)
{
    /// <summary>Routes by <c>Order</c> and name, and their policies by name.</summary>
    public (IReadOnlyList<RouteEntry> Routes, IReadOnlyList<PolicyEntry> Policies) Read()
    {
        var routes = new List<RouteEntry>();
        var policies = new SortedDictionary<string, PolicyEntry>(StringComparer.OrdinalIgnoreCase);
        foreach (var route in proxy.GetRoutes().Select(static route => route.Config).OrderBy(static route => route.Order ?? 0).ThenBy(static route => route.RouteId, StringComparer.Ordinal))
        {
            var effective = EffectivePolicy.ReadFrom(route);
            var name = effective?.Name ?? PolicyNames.Off;
            routes.Add(new(route.RouteId, Describe(route.Match), route.ClusterId, name));
            if (!policies.ContainsKey(name))
            {
                policies.Add(name, new(name, effective?.Options is { } options ? PolicyTable.Of(options) : []));
            }
        }

        return (routes, [.. policies.Values]);
    }

    private static string Describe(RouteMatch match)
    {
        var parts = new List<string>();
        Add(match.Methods, "");
        Add(match.Hosts, "");
        parts.Add(match.Path ?? "/**");
        Add(match.Headers?.Select(static header => header.Name), "header ");
        Add(match.QueryParameters?.Select(static query => query.Name), "query ");
        return string.Join(' ', parts);

        void Add(IEnumerable<string>? words, string kind)
        {
            if (words is not null && string.Join(", ", words) is { Length: > 0 } text)
            {
                parts.Add(kind + text);
            }
        }
    }
}
