using System.Text;
using EdgeProxy.Configuration;
using EdgeProxy.Hosting;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Tests.Configuration;

/// <summary>Asks the validator, by the way that <c>check</c> and a start take.</summary>
internal static class Judge
{
    /// <summary>A route and a cluster that nothing can be said against.</summary>
    public const string Proxy = """
        "ReverseProxy": {
          "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/{**rest}" } } },
          "Clusters": { "c": { "Destinations": { "d": { "Address": "http://127.0.0.1:1/" } } } }
        }
        """;

    /// <summary>Judges a JSON object that needs no files.</summary>
    public static ConfigurationReport Check(string json) => EdgeProxyHost.Check(Settings(json));

    /// <summary>Judges a good route and cluster with one more setting.</summary>
    public static ConfigurationReport CheckSetting(string key, string? value)
    {
        var settings = Settings("{" + Proxy + "}");
        return EdgeProxyHost.Check(settings with { Settings = new Dictionary<string, string?>(settings.Settings) { [key] = value } });
    }

    /// <summary>Judges the keys of one policy, written as JSON members.</summary>
    public static ConfigurationReport CheckPolicy(string members) =>
        Check($$"""{ "EdgeProxy": { "StreamPolicies": { "chat": { {{members}} } } }, {{Proxy}} }""");

    /// <summary>Judges the <c>ReverseProxy</c> section, written as JSON members.</summary>
    public static ConfigurationReport CheckProxy(string members) => Check($$"""{ "ReverseProxy": { {{members}} } }""");

    /// <summary>Reads the options as a reload would.</summary>
    public static EdgeProxyOptions Read(string json)
    {
        var problems = new ProblemList();
        var options = new SectionReader(problems).Read<EdgeProxyOptions>(Parse(json).GetSection("EdgeProxy"));
        Assert.Empty(problems.Errors);
        return options;
    }

    public static EdgeProxyHostSettings Settings(string json) => new()
    {
        ConfigPaths = [],
        ReadEnvironment = false,
        Settings = Parse(json).AsEnumerable().ToDictionary(pair => pair.Key, pair => pair.Value),
    };

    private static IConfigurationRoot Parse(string json) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
}
