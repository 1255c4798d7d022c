using System.Text.Json;
using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.Hosting;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Editor;

/// <summary>What VS Code makes of configuration files with the repository's schema: it finds it, checks by it and completes by it.</summary>
public sealed class EditorTests
{
    private const string Destinations = """ "Destinations": { "d": { "Address": "http://127.0.0.1:1/" } } """;

    [Fact]
    public async Task EveryFileAndFragment_IsClean()
    {
        var names = ConfigurationTexts.Files.Concat(ConfigurationTexts.Fragments.Keys).ToList();

        // A fragment names no schema, and its page's name would hide that it is JSON.
        var opinion = await AskAsync([.. names.Select(name => (UriOf(ConfigurationTexts.Fragments.ContainsKey(name) ? "x.fragment.json" : name), ConfigurationTexts.Read(name)))], []);

        Assert.All(names.Zip(opinion.Judged), judged =>
        {
            Assert.True(judged.Second.Editor is [], $"{judged.First} {string.Join("; ", judged.Second.Editor)}");
            Assert.True(judged.Second.Ajv is [], $"{judged.First} {string.Join("; ", judged.Second.Ajv)}");
        });
    }

    /// <summary>A configuration that the product refuses, and what the editor says of it.</summary>
    private static readonly (string Json, string Said)[] Wrong =
    [
        ("""{ "EdgeProxy": { "StreamPolicis": {} } }""", "Property StreamPolicis is not allowed."),
        ("""{ "EdgeProxy": { "Drain": { "Timeot": "00:00:01" } } }""", "Property Timeot is not allowed."),
        (Policy(""" "Keepalives": {} """), "Property Keepalives is not allowed."),
        (Policy(""" "KeepAlive": { "Intervall": "00:00:01" } """), "Property Intervall is not allowed."),
        (Policy(""" "KeepAlive": { "Interval": "8s" } """), "A duration is written [d.]hh:mm:ss[.fff]."),
        (Policy(""" "KeepAlive": { "Interval": "24:00:00" } """), "A duration is written [d.]hh:mm:ss[.fff]."),
        (Policy(""" "KeepAlive": { "Interval": 8 } """), "Incorrect type. Expected \"string\"."),
        (Policy(""" "KeepAlive": { "Interval": null } """), "Incorrect type. Expected \"string\"."),
        (Policy(""" "KeepAlive": { "Frame": "Pong" } """), "\"Ping\""),
        (Policy(""" "Dialect": "OpenAI" """), "\"OpenAIChat\""),
        (Policy(""" "Errors": { "FinishChunk": "yes" } """), "Incorrect type. Expected \"boolean\"."),
        (Policy(""" "Primer": { "PaddingBytes": 65537 } """), "maximum of 65536"),
        (Policy(""" "Attempts": { "RetryStatuses": [ 200 ] } """), "minimum of 400"),
        (Policy(""" "Attempts": { "Fallbacks": [ { "Model": "m" } ] } """), "Missing property \"Cluster\"."),
        ("""{ "EdgeProxy": { "StreamPolicies": { "off": {} } } }""", "Property off is not allowed."),
        ("""{ "EdgeProxy": { "Admin": { "Url": "localhost:9901" } } }""", "An absolute http or https URL is expected."),
        ("""{ "ReverseProxy": { "Route": {} } }""", "Property Route is not allowed."),
        (Route(""" "Path": "/" """), "Property Path is not allowed."),
        (Route(""" "RouteId": "r" """), "Property RouteId is not allowed."),
        (Route(""" "Match": { "Headers": [ { "Mode": "Exact" } ] } """), "\"ExactHeader\""),
        (Route(""" "Transforms": [ { "PathPrefx": "/" } ] """), "Property PathPrefx is not allowed."),
        (Route(""" "Transforms": { "PathPrefix": "/" } """), "Incorrect type. Expected \"array\"."),
        (Cluster(""" "LoadBalancingPolicy": "Fastest" """), "\"LeastRequests\""),
        (Cluster(""" "Destinations": { "d": { "Adress": "http://a/" } } """), "Property Adress is not allowed."),
        (Cluster(""" "Destinations": { "d": { "Address": "a:80" } } """), "An absolute http or https URL is expected."),
        (Cluster(""" "HttpClient": { "SslProtocols": [ "Tls14" ] } """), "\"Tls13\""),
        (Cluster(""" "HttpRequest": { "Version": "two" } """), "pattern"),
        ("""{ "Logging": { "LogLevel": { "Default": "Loud" } } }""", "\"Warning\""),
    ];

    [Fact]
    public async Task WhatTheProductRefuses_IsMarked_WithWordsThatHelp()
    {
        var opinion = await AskAsync([.. Wrong.Select(static wrong => (UriOf("x.fragment.json"), wrong.Json))], []);

        Assert.All(Wrong.Zip(opinion.Judged), judged =>
        {
            Assert.Single(Errors(judged.First.Json));
            Assert.Contains(judged.First.Said, string.Join("; ", judged.Second.Editor), StringComparison.Ordinal);
            Assert.NotEmpty(judged.Second.Ajv);
        });
    }

    /// <summary>Spellings that are not the documentation's but that the product takes.</summary>
    private static readonly string[] Unusual =
    [
        Policy(""" "Dialect": "AUTO", "Detect": "always", "KeepAlive": { "Frame": "emptychunk" } """),
        Policy(""" "Dialect": null, "Timeouts": { "Total": null }, "Attempts": { "HedgeAfter": null, "Fallbacks": [ { "Cluster": "c", "Model": null } ] } """),
        Policy(""" "Primer": { "After": "0.23:59:59.5" }, "Attempts": { "RetryStatuses": [] } """),
        Route(""" "Metadata": { "StreamPolicy": "chat", "team": "x", "weight": 3 } """),
        Route(""" "Transforms": [ { "RequestHeadersCopy": true }, { "RequestHeader": "x", "Set": "y" }, { "X-Forwarded": "Set", "For": "Append" } ] """),
        Cluster(""" "LoadBalancingPolicy": "roundrobin", "HttpRequest": { "Version": 2 }, "HttpClient": { "SslProtocols": [ "tls12", "Tls11" ] } """),
        """{ "urls": "http://*:1", "http_ports": 8080, "Logging": { "Console": { "LogLevel": { "Default": "warning" }, "FormatterName": "json" } }, "Mine": { "a": [1] } }""",
        """{ "Kestrel": { "Endpoints": { "a": { "Url": "http://*:1", "Protocols": "Http2" } }, "Limits": { "MaxConcurrentConnections": 10 } } }""",
        "{ /* a comment */ \"EdgeProxy\": { \"Drain\": { \"Timeout\": \"00:00:00\", }, }, }",
    ];

    [Fact]
    public async Task WhatTheProductTakes_IsNotMarked()
    {
        var opinion = await AskAsync([.. Unusual.Select(static text => (UriOf("x.fragment.json"), text))], []);

        Assert.All(Unusual.Zip(opinion.Judged), judged =>
        {
            Assert.Empty(Errors(judged.First));
            Assert.True(judged.Second is { Editor: [], Ajv: [] }, $"{judged.First}: {string.Join("; ", judged.Second.Editor.Concat(judged.Second.Ajv))}");
        });
    }

    [Fact]
    public async Task Editor_CompletesKeysAndWords_AndTellsMeanings()
    {
        var opinion = await AskAsync(
            [],
            [
                """{ "EdgeProxy": { "StreamPolicies": { "chat": { "|" } } } }""",
                Policy(""" "KeepAlive": { "Frame": "|" } """),
                Route(""" "Transforms": [ { "|" } ] """),
                Route(""" "Metadata": { "|" } """),
                Cluster(""" "LoadBalancingPolicy": "|" """),
                Policy(""" "KeepAlive": { "Inte|rval": "00:00:01" } """),
                Policy(""" "Dialect": "Gem|ini" """),
            ]);

        string[] Completions(int cursor) => opinion.Helped[cursor].Completions;
        Assert.Empty(new[] { "Dialect", "Primer", "KeepAlive", "Timeouts", "Limits" }.Except(Completions(0)));
        Assert.Empty(new[] { "\"Auto\"", "\"Ping\"", "\"None\"" }.Except(Completions(1)));
        Assert.Empty(new[] { "PathRemovePrefix", "RequestHeader", "X-Forwarded" }.Except(Completions(2)));
        Assert.Contains("StreamPolicy", Completions(3));
        Assert.Contains("\"LeastRequests\"", Completions(4));
        Assert.Contains("Default: 8 s. Bounds: 100 ms to 1 hour.", Unescaped(opinion.Helped[5].Hover), StringComparison.Ordinal);
        Assert.Contains("Vertex", opinion.Helped[6].Hover, StringComparison.Ordinal);
    }

    private static string Policy(string members) =>
        $$"""{ "EdgeProxy": { "StreamPolicies": { "chat": { {{members}} } } }, "ReverseProxy": { "Clusters": { "c": { {{Destinations}} } } } }""";

    private static string Route(string members) =>
        $$"""
        {
          "EdgeProxy": { "StreamPolicies": { "chat": {} } },
          "ReverseProxy": {
            "Routes": { "r": { {{members}}, "ClusterId": "c"{{(members.Contains("Match", StringComparison.Ordinal) ? "" : """, "Match": { "Path": "/" }""")}} } },
            "Clusters": { "c": { {{Destinations}} } }
          }
        }
        """;

    private static string Cluster(string members) =>
        $$"""{ "ReverseProxy": { "Clusters": { "c": { {{members}}{{(members.Contains("Destinations", StringComparison.Ordinal) ? "" : "," + Destinations)}} } } } }""";

    /// <summary>What the product says of a file.</summary>
    private static IReadOnlyList<object> Errors(string json)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, json);
            return EdgeProxyHost.Check(new() { ConfigPaths = [file], ReadEnvironment = false }).Errors;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Unescaped(string markdown) => markdown.Replace("\\", "", StringComparison.Ordinal).Replace("&nbsp;", " ", StringComparison.Ordinal);

    private static string UriOf(string file) => new Uri(Path.Combine(Repository.Root, file)).AbsoluteUri;

    private static async Task<EditorOpinion> AskAsync((string Uri, string Text)[] documents, string[] cursors)
    {
        var request = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(request, JsonSerializer.Serialize(new
            {
                schema = UriOf(ConfigurationTexts.SchemaFile),
                documents = documents.Select(static document => new { uri = document.Uri, text = document.Text }),
                cursors = cursors.Select(static text => new { text = text.Remove(text.IndexOf('|', StringComparison.Ordinal), 1), offset = text.IndexOf('|', StringComparison.Ordinal) }),
            }));
            return await NodeClient.RunAsync<EditorOpinion>("editor", ["ajv", "vscode-json-languageservice"], request);
        }
        finally
        {
            File.Delete(request);
        }
    }
}
