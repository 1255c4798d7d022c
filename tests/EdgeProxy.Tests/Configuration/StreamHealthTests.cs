using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Tests.Configuration;

/// <summary>Which clusters get the health check of streams without being asked.</summary>
public sealed class StreamHealthTests : IDisposable
{
    private const string Two = """ "d": { "Address": "http://127.0.0.1:1/" }, "e": { "Address": "http://127.0.0.1:2/" } """;
    private const string One = """ "d": { "Address": "http://127.0.0.1:1/" } """;
    private const string Nothing = "none";
    private const string Default = "StreamFailures for 10 s, HealthyOrPanic";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>(the destinations of cluster c, its other keys, the policy <c>Default</c>, the route's policy, its health check)</summary>
    public static TheoryData<string, string, string, string, string> Clusters => new()
    {
        { Two, "", "", "Default", Default },
        { Two, "", "", "Off", Default },
        { One, "", "", "Default", Nothing },

        // With fallbacks there is somewhere to go from a single destination.
        { One, "", """ "Fallbacks": [ { "Cluster": "other" } ] """, "Default", Default },
        { One, "", """ "Fallbacks": [ { "Cluster": "C", "Model": "small" } ] """, "Default", Default },
        { One, "", """ "Fallbacks": [ { "Cluster": "other" } ] """, "off", Nothing },
        { One, "", """ "Fallbacks": [ { "Cluster": "other" } ] """, "chat", Nothing },

        // What the cluster says itself stands.
        { Two, """ "HealthCheck": { "Passive": { "Enabled": false } } """, "", "Default", "not enabled" },
        { Two, """ "HealthCheck": { "Passive": { "Policy": "StreamFailures" } } """, "", "Default", "not enabled" },
        { Two, """ "HealthCheck": { "Passive": { "Enabled": true } } """, "", "Default", "? for ?, ?" },
        { Two, """ "HealthCheck": { "Passive": { "Enabled": true, "Policy": "streamfailures", "ReactivationPeriod": "00:00:30" } } """, "", "Default", "streamfailures for 30 s, ?" },
        { Two, """ "HealthCheck": { "AvailableDestinationsPolicy": "HealthyAndUnknown" } """, "", "Default", "StreamFailures for 10 s, HealthyAndUnknown" },
        { Two, """ "HealthCheck": { "Active": { "Enabled": true, "Interval": "01:00:00" } } """, "", "Default", Default + ", active" },
    };

    [Theory]
    [MemberData(nameof(Clusters))]
    public async Task Cluster_HasTheHealthCheck_WhereThereIsElsewhereToGo(string destinations, string members, string attempts, string policy, string expected)
    {
        var settings = Judge.Settings(Config(destinations, members, attempts, policy));
        Assert.Empty(EdgeProxy.Hosting.EdgeProxyHost.Check(settings).Errors);
        await using var proxy = new LiveProxy(settings);

        Assert.Equal(expected, Describe(Cluster(proxy, "r")));
    }

    [Fact]
    public async Task ClusterInTheMiddle_HasTheHealthCheck_AndTheLastOneHasNot()
    {
        await using var proxy = new LiveProxy(Judge.Settings(Config(One, "", """ "Fallbacks": [ { "Cluster": "other" }, { "Cluster": "last" } ] """, "Default")));

        Assert.Equal(Default, Describe(Cluster(proxy, "r")));
        Assert.Equal(Default, Describe(Cluster(proxy, "to-other")));
        Assert.Equal(Nothing, Describe(Cluster(proxy, "to-last")));
    }

    [Fact]
    public async Task FallbackAddedByAReload_BringsTheHealthCheck_AndTakenAwayTakesIt()
    {
        _folder.Write("appsettings.json", Config(One, "", "", "Default"));
        await using var proxy = new LiveProxy(_folder.Settings);
        Assert.Equal(Nothing, Describe(Cluster(proxy, "r")));

        _folder.Write("appsettings.json", Config(One, "", """ "Fallbacks": [ { "Cluster": "other" } ] """, "Default"));
        proxy.Poll();
        Assert.Equal(Default, Describe(Cluster(proxy, "r")));

        _folder.Write("appsettings.json", Config(One, "", "", "Default"));
        proxy.Poll();
        Assert.Equal(Nothing, Describe(Cluster(proxy, "r")));
        Assert.Empty(proxy.Errors);
    }

    private static string Config(string destinations, string members, string attempts, string policy) => $$"""
        {
          "EdgeProxy": { "StreamPolicies": { "Default": { "Attempts": { {{attempts}} } }, "chat": {} } },
          "ReverseProxy": {
            "Routes": {
              "r": { "ClusterId": "c", "Match": { "Path": "/" }, "Metadata": { "StreamPolicy": "{{policy}}" } },
              "to-other": { "ClusterId": "other", "Match": { "Path": "/other" }, "Metadata": { "StreamPolicy": "chat" } },
              "to-last": { "ClusterId": "last", "Match": { "Path": "/last" }, "Metadata": { "StreamPolicy": "chat" } }
            },
            "Clusters": {
              "c": { "Destinations": { {{destinations}} } {{(members.Length > 0 ? "," : "")}} {{members}} },
              "other": { "Destinations": { {{One}} } },
              "last": { "Destinations": { {{One}} } }
            }
          }
        }
        """;

    private static ClusterConfig Cluster(LiveProxy proxy, string route) =>
        proxy.Endpoint(route).Metadata.GetMetadata<RouteModel>()!.Cluster!.Model.Config;

    private static string Describe(ClusterConfig cluster) => cluster.HealthCheck switch
    {
        null => Nothing,
        { Passive.Enabled: not true } => "not enabled",
        { Passive: { } passive, Active: var active } health =>
            $"{passive.Policy ?? "?"} for {(passive.ReactivationPeriod is { } period ? $"{period.TotalSeconds} s" : "?")}, {health.AvailableDestinationsPolicy ?? "?"}"
            + (active?.Enabled == true ? ", active" : ""),
        _ => "no passive health",
    };
}
