using EdgeProxy.Configuration;
using EdgeProxy.Detection;
using EdgeProxy.Protocol;
using EdgeProxy.Streaming;

namespace EdgeProxy.Tests.Configuration;

/// <summary>What a route's policy becomes.</summary>
public sealed class StreamPolicyTests
{
    private const string Json = """
        {
          "EdgeProxy": {
            "StreamPolicies": {
              "Chat": {
                "Dialect": "Gemini", "Detect": "Always",
                "Primer": { "After": "00:00:00", "PaddingBytes": 2048 }, "KeepAlive": { "Interval": "00:00:01", "Frame": "BlankLine" }, "Terminal": "None",
                "Timeouts": { "FirstEvent": "00:00:02", "Idle": "00:00:03", "Total": "00:00:04" },
                "Attempts": { "Max": 7, "HedgeAfter": "00:00:08", "Fallbacks": [ { "Cluster": "c", "Model": "small" } ] },
                "Admission": { "MaxConcurrentStreams": 9, "QueueLimit": 10 },
                "Errors": { "Detail": "Generic", "FinishChunk": true },
                "Limits": { "MaxInspectedBodyBytes": 5, "MaxBufferedEventBytes": 1030, "MaxErrorBodyBytes": 6 }
              }
            }
          },
          "ReverseProxy": {
            "Routes": {
              "named": { "ClusterId": "c", "Match": { "Path": "/named" }, "MaxRequestBodySize": 77, "Metadata": { "StreamPolicy": "chat", "mine": "kept" } },
              "unnamed": { "ClusterId": "c", "Match": { "Path": "/unnamed" } },
              "off": { "ClusterId": "c", "Match": { "Path": "/off" }, "Metadata": { "StreamPolicy": "OFF" } }
            },
            "Clusters": { "c": { "Destinations": { "d": { "Address": "http://127.0.0.1:1/" } } } }
          }
        }
        """;

    [Fact]
    public async Task RouteThatNamesAPolicy_HasItCompiledInItsEndpoint()
    {
        await using var proxy = new LiveProxy(Judge.Settings(Json));

        var expected = new StreamPolicy
        {
            Name = "Chat",
            RouteId = "named",
            ClusterId = "c",
            Detection = new DetectionSettings(DetectMode.Always, DialectKind.Gemini, 5),
            Client = new ClientStreamSettings
            {
                PrimerAfter = TimeSpan.Zero,
                PrimerPaddingBytes = 2048,
                KeepAliveInterval = TimeSpan.FromSeconds(1),
                KeepAliveFrame = KeepAliveFrame.BlankLine,
                Terminal = TerminalMode.None,
                FirstEventTimeout = TimeSpan.FromSeconds(2),
                IdleTimeout = TimeSpan.FromSeconds(3),
                TotalTimeout = TimeSpan.FromSeconds(4),
                FinishChunk = true,
                MaxBufferedEventBytes = 1030,
            },
            Attempts = new AttemptOptions { Max = 7, HedgeAfter = TimeSpan.FromSeconds(8), Fallbacks = [new FallbackOptions { Cluster = "c", Model = "small" }] },
            Admission = new AdmissionOptions { MaxConcurrentStreams = 9, QueueLimit = 10 },
            ErrorDetail = ErrorDetail.Generic,
            MaxErrorBodyBytes = 6,
            MaxRequestBodySize = 77,
        };
        Assert.Equivalent(expected, proxy.Policy("named"), strict: true);
    }

    [Fact]
    public async Task RouteThatNamesNone_HasTheDefault_AndOffHasNone()
    {
        await using var proxy = new LiveProxy(Judge.Settings(Json));

        var policy = proxy.Policy("unnamed");
        Assert.Equivalent(StreamPolicy.Compile("Default", "unnamed", "c", new StreamPolicyOptions(), null), policy, strict: true);
        Assert.Null(policy!.Detection.Dialect);
        Assert.Null(proxy.Policy("off"));
    }

    [Fact]
    public async Task DefaultThatIsDefined_ServesRoutesThatNameNone()
    {
        var settings = Judge.Settings(Json);
        await using var proxy = new LiveProxy(settings with
        {
            Settings = new Dictionary<string, string?>(settings.Settings) { ["EdgeProxy:StreamPolicies:default:Primer:After"] = "00:00:09" },
        });

        Assert.Equal(TimeSpan.FromSeconds(9), proxy.Policy("unnamed")!.Client.PrimerAfter);
        Assert.Equal(TimeSpan.Zero, proxy.Policy("named")!.Client.PrimerAfter);
    }
}
