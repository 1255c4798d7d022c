using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>What the schema promises, the product keeps: both take the same words, and bounds end at the same place.</summary>
public sealed class SchemaTests
{
    private static readonly JsonObject Schema = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, ConfigurationTexts.SchemaFile)))!;

    private static readonly Dictionary<string, JsonObject> Values = Collect((JsonObject)Schema["properties"]!["EdgeProxy"]!, "EdgeProxy")
        .ToDictionary(StringComparer.Ordinal);

    public static TheoryData<string> Paths => [.. Values.Keys];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Default_IsTakenByTheProduct_AndBySchemaPattern(string path)
    {
        if (Values[path].TryGetPropertyValue("default", out var value) && value is JsonValue)
        {
            var text = value.ToString();

            Assert.Empty(Judge.CheckSetting(path, text).Errors);
            Assert.Matches((string?)Values[path]["pattern"] ?? "", text);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Word_IsTakenByTheProduct_InAnyCase_AndNoOtherIs(string path)
    {
        if (Words(Values[path]) is { Count: > 0 } words)
        {
            var pattern = new Regex((string)Values[path]["anyOf"]![words.Count]!["pattern"]!);
            foreach (var spelling in words.SelectMany(word => new[] { word, word.ToLowerInvariant(), word.ToUpperInvariant() }))
            {
                Assert.Empty(Judge.CheckSetting(path, spelling).Errors);
                Assert.Matches(pattern, spelling);
            }

            Assert.Single(Judge.CheckSetting(path, words[0] + "x").Errors);
            Assert.DoesNotMatch(pattern, words[0] + "x");
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Number_EndsWhereTheProductSaysSo(string path)
    {
        if (Values[path]["minimum"] is { } min && Values[path]["maximum"] is { } max)
        {
            Assert.Empty(Errors((long)min));
            Assert.Empty(Errors((long)max));
            Assert.Single(Errors((long)min - 1));
            Assert.Single(Errors((long)max + 1));
        }

        IReadOnlyList<object> Errors(long number) => Judge.CheckSetting(path, number.ToString(CultureInfo.InvariantCulture)).Errors;
    }

    [Fact]
    public void PolicyNamesOfYarp_AreThoseThatItTakes()
    {
        var cluster = Schema["properties"]!["ReverseProxy"]!["properties"]!["Clusters"]!["additionalProperties"]!["properties"]!;

        Check("LoadBalancingPolicy", cluster["LoadBalancingPolicy"]!);
        Check("SessionAffinity:Policy", cluster["SessionAffinity"]!["properties"]!["Policy"]!);
        Check("SessionAffinity:FailurePolicy", cluster["SessionAffinity"]!["properties"]!["FailurePolicy"]!);
        Check("HealthCheck:Passive:Policy", cluster["HealthCheck"]!["properties"]!["Passive"]!["properties"]!["Policy"]!);
        Check("HealthCheck:Active:Policy", cluster["HealthCheck"]!["properties"]!["Active"]!["properties"]!["Policy"]!);
        Check("HealthCheck:AvailableDestinationsPolicy", cluster["HealthCheck"]!["properties"]!["AvailableDestinationsPolicy"]!);

        static void Check(string key, JsonNode schema)
        {
            var words = Words((JsonObject)schema);
            Assert.NotEmpty(words);
            Assert.All(words, word => Assert.Empty(Report(key, word)));
            Assert.NotEmpty(Report(key, words[0] + "x"));
        }

        static IReadOnlyList<object> Report(string key, string word) => Judge.Check($$"""
            {
              {{Judge.Proxy}},
              "ReverseProxy:Clusters:c:SessionAffinity": { "Enabled": true, "AffinityKeyName": "k" },
              "ReverseProxy:Clusters:c:HealthCheck:Passive:Enabled": true,
              "ReverseProxy:Clusters:c:HealthCheck:Active:Enabled": true,
              "ReverseProxy:Clusters:c:{{key}}": "{{word}}"
            }
            """).Errors;
    }

    /// <summary>The single values below a section, by the path of one setting.</summary>
    private static IEnumerable<KeyValuePair<string, JsonObject>> Collect(JsonObject schema, string path)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            return Collect((JsonObject)Schema["definitions"]![reference[(reference.LastIndexOf('/') + 1)..]]!, path);
        }

        return (string?)(schema["type"] as JsonValue) switch
        {
            "object" when schema["additionalProperties"] is JsonObject entries => Collect(entries, path + ":chat"),
            "object" => schema["properties"]!.AsObject().SelectMany(property => Collect((JsonObject)property.Value!, $"{path}:{property.Key}")),
            "array" when schema["items"]!["properties"] is null => Collect((JsonObject)schema["items"]!, path + ":0"),
            "array" => [],
            _ => [new(path, schema)],
        };
    }

    private static List<string> Words(JsonObject schema) =>
        [.. schema["anyOf"]?.AsArray().Select(alternative => (string?)alternative!["const"]).OfType<string>() ?? []];
}
