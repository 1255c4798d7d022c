using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeProxy.Configuration;

namespace EdgeProxy.Tests.Configuration;

/// <summary>The defaults, written out once as the documentation has them.</summary>
public sealed class DefaultsTests
{
    private const string Documented = """
        {
          "EdgeProxy": {
            "StreamPolicies": {
              "Default": {},
              "chat": {
                "Dialect": "Auto",
                "Detect": "Auto",
                "Primer":    { "After": "00:00:02", "PaddingBytes": 0 },
                "KeepAlive": { "Interval": "00:00:08", "Frame": "Auto" },
                "Terminal":  "Auto",
                "Timeouts":  { "FirstEvent": "00:10:00", "Idle": "00:05:00", "Total": null },
                "Attempts":  { "Max": 3, "AttemptTimeout": null, "RetryStatuses": [408, 429, 500, 502, 503, 504],
                               "Backoff": "00:00:00.500", "MaxBackoff": "00:00:08", "MaxRetryAfter": "00:00:30",
                               "ReplayBufferBytes": 1048576, "HedgeAfter": null, "NonStreaming": false, "Fallbacks": [] },
                "Admission": { "MaxConcurrentStreams": null, "QueueLimit": 0, "QueueTimeout": "00:01:00" },
                "Errors":    { "Detail": "Upstream", "FinishChunk": false },
                "Resume":    { "Enabled": false, "Retention": "00:10:00", "Detached": "00:02:00", "MaxBytes": 4194304 },
                "Limits":    { "MaxInspectedBodyBytes": 1048576, "MaxBufferedEventBytes": 262144, "MaxErrorBodyBytes": 65536 }
              }
            },
            "Drain":  { "Timeout": "00:05:00" },
            "Admin":  { "Url": "http://127.0.0.1:9901" },
            "Resume": { "Store": "Memory", "ConnectionString": null, "MaxTotalBytes": 268435456 },
            "Transport": "Auto"
          }
        }
        """;

    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter() } };

    [Fact]
    public void EveryDocumentedDefault_IsTheDefault()
    {
        var written = Judge.Read(Documented);
        var unwritten = Judge.Read("""{ "EdgeProxy": { "StreamPolicies": { "Default": {}, "chat": {} } } }""");

        Assert.Equal(JsonSerializer.Serialize(unwritten, Json), JsonSerializer.Serialize(written, Json));
    }

    [Fact]
    public void EveryKey_IsDocumented()
    {
        using var documented = JsonDocument.Parse(Documented);
        using var known = JsonDocument.Parse(JsonSerializer.Serialize(Judge.Read(Documented), Json));

        AssertSameKeys(known.RootElement, documented.RootElement.GetProperty("EdgeProxy"), skip: "StreamPolicies");
        AssertSameKeys(
            known.RootElement.GetProperty("StreamPolicies").GetProperty("chat"),
            documented.RootElement.GetProperty("EdgeProxy").GetProperty("StreamPolicies").GetProperty("chat"));
    }

    [Fact]
    public void KeysWithoutEffectInThisVersion_EarnAWarningEach_AndNothingElseDoes()
    {
        var report = Judge.Check(Documented);

        Assert.Empty(report.Errors);
        string[] expected =
        [
            .. new[] { "Enabled", "Retention", "Detached", "MaxBytes" }.Select(key => $"EdgeProxy:StreamPolicies:chat:Resume:{key}"),
            .. new[] { "Store", "ConnectionString", "MaxTotalBytes" }.Select(key => $"EdgeProxy:Resume:{key}"),
        ];
        var warned = report.Warnings.Where(warning => warning.Message == "has no effect in this version").Select(warning => warning.Path);
        Assert.Equal(expected.Order(StringComparer.Ordinal), warned.Order(StringComparer.Ordinal));
    }

    private static void AssertSameKeys(JsonElement known, JsonElement documented, string? skip = null)
    {
        Assert.Equal(
            known.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal),
            documented.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
        foreach (var property in known.EnumerateObject().Where(property => property.Name != skip && property.Value.ValueKind == JsonValueKind.Object))
        {
            AssertSameKeys(property.Value, documented.GetProperty(property.Name));
        }
    }
}
