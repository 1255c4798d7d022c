using System.Globalization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>
/// What routing finds out only when a request comes. One route with an unknown constraint or an unreadable host makes
/// it fail every request, those of all other routes too; two routes that match the same fail all of theirs.
/// </summary>
internal sealed class RouteMatchRules(ParameterPolicyFactory constraints)
{
    /// <summary>Adds what routing would fail on to the list of problems.</summary>
    public void Check(IEnumerable<ProxyConfiguration.Entry<RouteConfig>> routes, ProblemList problems)
    {
        var seen = new Dictionary<(RouteMatch Match, int Order), string>();
        foreach (var route in routes)
        {
            var match = route.Config.Match;
            CheckConstraints($"{route.Path}:Match:Path", match.Path, problems);
            foreach (var host in match.Hosts?.Where(host => !string.IsNullOrEmpty(host) && !IsHost(host)) ?? [])
            {
                problems.Error($"{route.Path}:Match:Hosts", $"has '{host}'", "a host name, *.name or *, each with an optional :port");
            }

            if (!seen.TryAdd((match, route.Config.Order ?? 0), route.Id))
            {
                problems.Error(
                    $"{route.Path}:Match",
                    $"matches the same requests as route '{seen[(match, route.Config.Order ?? 0)]}': each of them would fail",
                    "another Path, Hosts, Methods, Headers or QueryParameters, or another Order");
            }
        }
    }

    private void CheckConstraints(string path, string? pattern, ProblemList problems)
    {
        try
        {
            var parsed = RoutePatternFactory.Parse(pattern ?? "");
            foreach (var parameter in parsed.Parameters)
            {
                foreach (var constraint in parsed.ParameterPolicies.GetValueOrDefault(parameter.Name) ?? [])
                {
                    constraints.Create(parameter, constraint);
                }
            }
        }
        catch (RoutePatternException)
        {
            // YARP's validator says so.
        }
        catch (Exception failure)
        {
            problems.Error(path, $"is '{pattern}': {failure.Message}", "route constraints of ASP.NET Core: {id:int}, {name:regex(…)}, …");
        }
    }

    /// <summary>As the host matcher of ASP.NET Core reads it.</summary>
    private static bool IsHost(string host)
    {
        var parts = host.Split(':');
        return parts[0].Length > 0
            && (parts.Length == 1 || (parts.Length == 2 && (parts[1] == "*" || int.TryParse(parts[1], NumberStyles.Integer, CultureInfo.InvariantCulture, out _))));
    }
}
