using EdgeProxy.Detection;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Configuration;

/// <summary>How single values may be written.</summary>
public sealed class ValueTests
{
    private const string Policy = "EdgeProxy:StreamPolicies:chat:";

    [Theory]
    [InlineData(Policy + "KeepAlive:Interval", "8", "a duration")]
    [InlineData(Policy + "KeepAlive:Interval", "8s", "a duration")]
    [InlineData(Policy + "KeepAlive:Interval", "", "a duration")]
    [InlineData(Policy + "KeepAlive:Interval", " ", "a duration")]
    [InlineData(Policy + "Timeouts:FirstEvent", "1", "a duration")]
    [InlineData(Policy + "Timeouts:Total", "never", "or null")]
    [InlineData(Policy + "Timeouts:Idle", "-00:00:10", "a duration")]
    [InlineData(Policy + "Primer:PaddingBytes", "2k", "a whole number")]
    [InlineData(Policy + "Primer:PaddingBytes", "1.5", "a whole number")]
    [InlineData(Policy + "Primer:PaddingBytes", "99999999999", "a whole number")]
    [InlineData(Policy + "Errors:FinishChunk", "yes", "true or false")]
    [InlineData(Policy + "Dialect", "OpenAI", "Auto, Generic, OpenAIChat, OpenAIResponses, OpenAIImages, AnthropicMessages, Gemini")]
    [InlineData(Policy + "Detect", "1", "Auto, Always, Never")]
    [InlineData(Policy + "Terminal", "", "Auto, Done, None")]
    [InlineData(Policy + "KeepAlive:Frame", "Comment, Ping", "Auto, Comment, CommentLine, Ping, EmptyChunk, BlankLine, None")]
    [InlineData(Policy + "Attempts:RetryStatuses", "500", "a list")]
    [InlineData(Policy + "Attempts:RetryStatuses:0", "teapot", "a whole number")]
    [InlineData("EdgeProxy:Admin:Url", "localhost:9901", "an absolute http or https URL")]
    [InlineData("EdgeProxy:Resume:Store", "Redis", "Memory, Postgres")]
    public void WrongValue_IsRefusedWithPathValueAndWhatIsAllowed(string key, string value, string allowed)
    {
        var report = Judge.CheckSetting(key, value);

        var error = Assert.Single(report.Errors);
        Assert.Equal(key, error.Path);
        Assert.Contains(value, error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Allowed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"KeepAlive\": { \"Frame\": \"Coment\" }", "KeepAlive:Frame", "did you mean Comment?")]
    [InlineData("\"Dialect\": \"OpenAIChats\"", "Dialect", "did you mean OpenAIChat?")]
    [InlineData("\"Detect\": \"alway\"", "Detect", "did you mean Always?")]
    public void MisspeltWord_IsRefusedWithTheLikelyOne(string members, string key, string expected)
    {
        var error = Assert.Single(Judge.CheckPolicy(members).Errors);

        Assert.Equal(Policy + key, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"Primer\": \"00:00:02\"", "Primer", "not a section")]
    [InlineData("\"Primer\": { \"After\": { \"Seconds\": 2 } }", "Primer:After", "is a section")]
    [InlineData("\"KeepAlive\": { \"Interval\": null }", "KeepAlive:Interval", "is null")]
    [InlineData("\"Attempts\": { \"RetryStatuses\": [ 500, null ] }", "Attempts:RetryStatuses:1", "is null")]
    [InlineData("\"Attempts\": { \"RetryStatuses\": { \"first\": 500 } }", "Attempts:RetryStatuses:first", "is a key where a list")]
    [InlineData("\"Attempts\": { \"Fallbacks\": [ { \"Model\": \"small\" } ] }", "Attempts:Fallbacks:0:Cluster", "is missing")]
    [InlineData("\"Attempts\": { \"Fallbacks\": [ { \"Cluster\": \" \" } ] }", "Attempts:Fallbacks:0:Cluster", "is missing")]
    public void WrongShape_IsRefused(string members, string key, string expected)
    {
        var error = Assert.Single(Judge.CheckPolicy(members).Errors);

        Assert.Equal(Policy + key, error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "EdgeProxy": { "Admin": { "Url": null } } }""", "EdgeProxy:Admin:Url")]
    [InlineData("""{ "EdgeProxy": { "Resume": { "ConnectionString": null } } }""", null)]
    public void NullForAText_IsRefusedWhereOneMustBeThere(string json, string? path)
    {
        var errors = Judge.Check(json).Errors;

        Assert.Equal(path is null ? [] : [path], errors.Select(error => error.Path));
    }

    [Fact]
    public void WordsAndKeys_AreReadWithoutRegardToCase()
    {
        var options = Judge.Read("""{ "edgeproxy": { "STREAMPOLICIES": { "Chat": { "dialect": "gemini", "keepalive": { "FRAME": "NONE" }, "detect": "aLWays" } } } }""");

        var (name, policy) = options.FindPolicy("CHAT")!.Value;
        Assert.Equal("Chat", name);
        Assert.Equal(DialectKind.Gemini, policy.Dialect);
        Assert.Equal(KeepAliveFrame.None, policy.KeepAlive.Frame);
        Assert.Equal(DetectMode.Always, policy.Detect);
    }

    [Fact]
    public void ListThatIsSet_ReplacesTheDefault()
    {
        Assert.Equal([503], Read("[ 503 ]"));
        Assert.Empty(Read("[]"));

        static IReadOnlyList<int> Read(string list) =>
            Judge.Read($$"""{ "EdgeProxy": { "StreamPolicies": { "p": { "Attempts": { "RetryStatuses": {{list}} } } } } }""").StreamPolicies["p"].Attempts.RetryStatuses;
    }

    [Fact]
    public void NullWhereNullIsAllowed_AndAutoForTheDialect_AreTheDefault()
    {
        var report = Judge.CheckPolicy("""
            "Dialect": "auto", "Timeouts": { "Total": null }, "Attempts": { "AttemptTimeout": null, "HedgeAfter": null, "Fallbacks": [ { "Cluster": "c", "Model": null } ] },
            "Admission": { "MaxConcurrentStreams": null }
            """);

        Assert.Empty(report.Errors);
    }

    [Fact]
    public void EmptySections_AreTheDefaults()
    {
        var options = Judge.Read("""{ "EdgeProxy": { "StreamPolicies": { "chat": {}, "null": null, "half": { "Primer": {}, "KeepAlive": null } } } }""");

        Assert.Equal(["chat", "half", "null"], options.StreamPolicies.Keys.Order(StringComparer.Ordinal));
        Assert.All(options.StreamPolicies.Values, policy => Assert.Equal(TimeSpan.FromSeconds(8), policy.KeepAlive.Interval));
    }
}
