using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeProxy.TestKit;

/// <summary>A proxy's configuration file in the making: YARP's routes and clusters, EdgeProxy's policies.</summary>
internal sealed class ProxyConfig
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The whole file, for what the methods below do not do.</summary>
    public JsonObject Root { get; } = new()
    {
        ["ReverseProxy"] = new JsonObject { ["Routes"] = new JsonObject(), ["Clusters"] = new JsonObject() },
        ["EdgeProxy"] = new JsonObject { ["StreamPolicies"] = new JsonObject() },
    };

    /// <summary>One route for all paths, to one backend, with this as the <c>Default</c> policy.</summary>
    public static ProxyConfig For(Uri backend, string policy = "{}", bool http2 = false) =>
        new ProxyConfig().Cluster("backend", http2, backend).Route("all", "backend").Policy("Default", policy);

    /// <summary>Adds a route.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cluster">Its cluster.</param>
    /// <param name="path">The paths it matches.</param>
    /// <param name="policy">Its stream policy; null for <c>Default</c>.</param>
    /// <param name="header">A header that a request must have for it, as <c>name: value</c>.</param>
    public ProxyConfig Route(string name, string cluster, string path = "/{**rest}", string? policy = null, string? header = null)
    {
        var match = new JsonObject { ["Path"] = path };
        if (header?.Split(": ") is [var headerName, var value])
        {
            match["Headers"] = new JsonArray(new JsonObject { ["Name"] = headerName, ["Values"] = new JsonArray(value) });
        }

        var route = new JsonObject { ["ClusterId"] = cluster, ["Match"] = match };
        if (policy is not null)
        {
            route["Metadata"] = new JsonObject { ["StreamPolicy"] = policy };
        }

        Root["ReverseProxy"]!["Routes"]![name] = route;
        return this;
    }

    /// <summary>Adds a cluster whose backends speak HTTP/1.1.</summary>
    public ProxyConfig Cluster(string name, params Uri[] backends) => Cluster(name, http2: false, backends);

    /// <summary>Adds a cluster.</summary>
    public ProxyConfig Cluster(string name, bool http2, params Uri[] backends)
    {
        var destinations = new JsonObject();
        foreach (var backend in backends)
        {
            destinations[$"d{destinations.Count + 1}"] = new JsonObject { ["Address"] = backend.ToString() };
        }

        var cluster = new JsonObject { ["Destinations"] = destinations };
        if (http2)
        {
            cluster["HttpRequest"] = new JsonObject { ["Version"] = "2", ["VersionPolicy"] = "RequestVersionExact" };
        }

        Root["ReverseProxy"]!["Clusters"]![name] = cluster;
        return this;
    }

    /// <summary>Adds a stream policy, or replaces it.</summary>
    public ProxyConfig Policy(string name, string json)
    {
        Root["EdgeProxy"]!["StreamPolicies"]![name] = JsonNode.Parse(json);
        return this;
    }

    /// <summary>A cluster's or route's object, to add to.</summary>
    public JsonObject Section(params string[] path) => path.Aggregate(Root, static (node, name) => (JsonObject)(node[name] ??= new JsonObject()));

    /// <summary>The file's text.</summary>
    public override string ToString() => Root.ToJsonString(Indented);
}
