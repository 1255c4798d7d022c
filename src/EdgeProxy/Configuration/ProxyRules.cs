using Yarp.ReverseProxy.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>
/// How routes, clusters and policies must fit together. YARP accepts a route without a cluster and a cluster without
/// destinations, and answers 503 on every request: here they are errors.
/// </summary>
internal sealed class ProxyRules(EdgeProxyOptions options, ProxyConfiguration proxy, ProblemList problems)
{
    private readonly string[] _clusters = [.. proxy.Clusters.Select(cluster => cluster.Id)];
    private readonly string[] _policies = [.. PolicyList(options)];

    /// <summary>The names that a route's <c>StreamPolicy</c> may have.</summary>
    public static IEnumerable<string> PolicyList(EdgeProxyOptions options) =>
        new[] { PolicyNames.Default, PolicyNames.Off }.Union(options.StreamPolicies.Keys, StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds what does not fit to the list of problems.</summary>
    public void Check()
    {
        foreach (var name in options.StreamPolicies.Keys.Where(PolicyNames.IsOff))
        {
            problems.Error(
                $"{EdgeProxyOptions.Section}:{nameof(EdgeProxyOptions.StreamPolicies)}:{name}", "cannot be defined: it stands for plain YARP", "any other name");
        }

        foreach (var (name, policy) in options.StreamPolicies)
        {
            CheckFallbacks(name, policy);
        }

        if (proxy.Routes.Count == 0)
        {
            problems.Warn($"{ProxyConfiguration.Section}:Routes", "holds no route: every request is answered with 404");
        }

        foreach (var route in proxy.Routes)
        {
            CheckCluster(route);
            CheckPolicy(route);
        }

        foreach (var cluster in proxy.Clusters)
        {
            CheckDestinations(cluster);
        }
    }

    private void CheckCluster(ProxyConfiguration.Entry<RouteConfig> route)
    {
        var path = $"{route.Path}:{nameof(RouteConfig.ClusterId)}";
        if (string.IsNullOrEmpty(route.Config.ClusterId))
        {
            problems.Error(path, "is missing", $"the name of a cluster: {Suggestion.List(_clusters)}");
        }
        else if (!_clusters.Contains(route.Config.ClusterId, StringComparer.OrdinalIgnoreCase))
        {
            problems.Error(path, $"names no cluster: '{route.Config.ClusterId}'{Suggestion.For(route.Config.ClusterId, _clusters)}", Suggestion.List(_clusters));
        }
    }

    private void CheckFallbacks(string name, StreamPolicyOptions policy)
    {
        var routed = proxy.Routes
            .Where(route => PolicyNames.Of(route.Config.Metadata).Equals(name, StringComparison.OrdinalIgnoreCase))
            .ToLookup(route => route.Config.ClusterId, route => route.Id, StringComparer.OrdinalIgnoreCase);
        foreach (var (fallback, index) in policy.Attempts.Fallbacks.Select((fallback, index) => (fallback, index)))
        {
            var path = $"{EdgeProxyOptions.Section}:{nameof(EdgeProxyOptions.StreamPolicies)}:{name}"
                + $":{nameof(StreamPolicyOptions.Attempts)}:{nameof(AttemptOptions.Fallbacks)}:{index}:{nameof(FallbackOptions.Cluster)}";
            if (string.IsNullOrWhiteSpace(fallback.Cluster))
            {
                // The reader has said that it is missing.
                continue;
            }

            if (!_clusters.Contains(fallback.Cluster, StringComparer.OrdinalIgnoreCase))
            {
                problems.Error(path, $"names no cluster: '{fallback.Cluster}'{Suggestion.For(fallback.Cluster, _clusters)}", Suggestion.List(_clusters));
            }
            else if (fallback.Model is null && routed[fallback.Cluster].FirstOrDefault() is { } route)
            {
                problems.Warn(path, $"is '{fallback.Cluster}', the cluster of route '{route}' itself, without another Model: it is only asked again");
            }
        }
    }

    private void CheckPolicy(ProxyConfiguration.Entry<RouteConfig> route)
    {
        var metadata = route.Config.Metadata;
        var name = PolicyNames.Of(metadata);
        if (!_policies.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            problems.Error(
                $"{route.Path}:Metadata:{PolicyNames.MetadataKey}", $"names no stream policy: '{name}'{Suggestion.For(name, _policies)}", Suggestion.List(_policies));
        }

        foreach (var key in metadata?.Keys ?? [])
        {
            // Metadata is free, so this can be meant; more likely it is a slip that would silently select Default.
            if (!key.Equals(PolicyNames.MetadataKey, StringComparison.OrdinalIgnoreCase) && Suggestion.Closest(key, [PolicyNames.MetadataKey]) is { } meant)
            {
                problems.Warn($"{route.Path}:Metadata:{key}", $"selects no stream policy, did you mean {meant}?");
            }
        }

        if (!PolicyNames.IsOff(name))
        {
            CheckTimeouts(route);
        }
    }

    /// <summary>YARP's route timeout cancels a request just as a client does who leaves: the stream would end without a word.</summary>
    private void CheckTimeouts(ProxyConfiguration.Entry<RouteConfig> route)
    {
        const string Disable = "Disable";
        const string Instead = "the stream policy's Timeouts (FirstEvent, Idle, Total), or StreamPolicy Off on this route";
        if (route.Config.Timeout is { } timeout)
        {
            problems.Error($"{route.Path}:{nameof(RouteConfig.Timeout)}", $"is {timeout:c}, but a route with streams cannot have YARP's timeout", Instead);
        }

        if (route.Config.TimeoutPolicy is { Length: > 0 } policy && !policy.Equals(Disable, StringComparison.OrdinalIgnoreCase))
        {
            problems.Error($"{route.Path}:{nameof(RouteConfig.TimeoutPolicy)}", $"is '{policy}', but a route with streams cannot have YARP's timeout", Instead);
        }
    }

    private void CheckDestinations(ProxyConfiguration.Entry<ClusterConfig> cluster)
    {
        var path = $"{cluster.Path}:{nameof(ClusterConfig.Destinations)}";
        if (cluster.Config.Destinations is not { Count: > 0 } destinations)
        {
            problems.Error(path, "holds no destination", "at least one, as \"name\": { \"Address\": \"https://host/\" }");
            return;
        }

        foreach (var (name, destination) in destinations)
        {
            CheckUrl($"{path}:{name}:{nameof(DestinationConfig.Address)}", destination?.Address);
            CheckUrl($"{path}:{name}:{nameof(DestinationConfig.Health)}", destination?.Health);
        }
    }

    private void CheckUrl(string path, string? url)
    {
        // That an address is missing is YARP's own rule.
        if (!string.IsNullOrEmpty(url) && !ScalarValue.IsHttpUrl(url))
        {
            problems.Error(path, $"is '{url}'", "an absolute http or https URL");
        }
    }
}
