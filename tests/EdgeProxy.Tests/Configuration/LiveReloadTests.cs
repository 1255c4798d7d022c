using EdgeProxy.Configuration;
using EdgeProxy.Hosting;

namespace EdgeProxy.Tests.Configuration;

/// <summary>Changed files under a running proxy.</summary>
public sealed class LiveReloadTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public LiveReloadTests() => _folder.Write("appsettings.json", Config("00:00:01"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ChangedPolicy_ReachesNewRequests_AndRunningOnesKeepTheirs()
    {
        await using var proxy = new LiveProxy(_folder.Settings);
        var running = proxy.Endpoint("r");
        var policy = proxy.Policy("r");

        _folder.Replace("appsettings.json", Config("00:00:03"));
        proxy.Poll();

        Assert.Equal(TimeSpan.FromSeconds(3), Primer(proxy));
        Assert.Equal(2, proxy.State.Generation);
        Assert.Same(policy, running.Metadata.GetMetadata<StreamPolicy>());
        Assert.Equal(TimeSpan.FromSeconds(1), policy!.Client.PrimerAfter);
    }

    [Fact]
    public async Task ChangeThatIsNotTheRoutes_LeavesItsEndpointAsItIs()
    {
        await using var proxy = new LiveProxy(_folder.Settings);
        var before = proxy.Endpoint("r");

        _folder.Write("config/other.json", """{ "EdgeProxy": { "StreamPolicies": { "other": { "Detect": "Never" } } }, "Logging": { "LogLevel": { "Default": "Warning" } } }""");
        proxy.Poll();

        Assert.Equal(2, proxy.State.Generation);
        Assert.Same(before, proxy.Endpoint("r"));
    }

    [Theory]
    [InlineData("Default")]
    [InlineData("Off")]
    public async Task ChangedMaxRequestBodySize_IsAChangeOfTheRoute(string policy)
    {
        _folder.Write("appsettings.json", Config("00:00:01", $$""", "MaxRequestBodySize": 10, "Metadata": { "StreamPolicy": "{{policy}}" } """));
        await using var proxy = new LiveProxy(_folder.Settings);
        var before = proxy.Endpoint("r");

        _folder.Write("appsettings.json", Config("00:00:01", $$""", "MaxRequestBodySize": 200, "Metadata": { "StreamPolicy": "{{policy}}" } """));
        proxy.Poll();

        Assert.NotSame(before, proxy.Endpoint("r"));
        Assert.Equal(200, proxy.Endpoint("r").Metadata.GetMetadata<Yarp.ReverseProxy.Model.RouteModel>()!.Config.MaxRequestBodySize);
        Assert.Equal(policy == "Off" ? null : 200, proxy.Policy("r")?.MaxRequestBodySize);
    }

    [Theory]
    [InlineData("{ \"EdgeProxy\": ", "appsettings.json: is not valid JSON")]
    [InlineData("", "appsettings.json: is not valid JSON")]
    [InlineData("{ \"EdgeProxy\": { \"StreamPolicies\": { \"Default\": { \"Primr\": {} } } } }", "did you mean Primer?")]
    [InlineData("{ \"Logging\": { \"LogLevel\": { \"Default\": \"Loud\" } } }", "Logging:LogLevel:Default: is 'Loud'")]
    [InlineData("{ \"ReverseProxy\": { \"Routes\": { \"r\": { \"ClusterId\": \"gone\", \"Match\": { \"Path\": \"/\" } } } } }", "names no cluster")]
    [InlineData("{ \"Kestrel\": { \"Endpoints\": { \"a\": { \"Url\": \"nonsense\" } } } }", "Kestrel: ")]
    public async Task BadFile_ChangesNothing_IsLoggedOnceAndCounted_AndAGoodOneIsTakenAfterIt(string bad, string expected)
    {
        await using var proxy = new LiveProxy(_folder.Settings);
        var before = proxy.Endpoint("r");

        _folder.Write("appsettings.json", bad);
        proxy.Poll(times: 6);

        Assert.Same(before, proxy.Endpoint("r"));
        Assert.Equal((1, 1), (proxy.State.Generation, proxy.State.ReloadFailures));
        Assert.Contains(expected, proxy.State.LastRefusal?.ToString(), StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Single(proxy.Errors), StringComparison.Ordinal);

        _folder.Write("appsettings.json", Config("00:00:04"));
        proxy.Poll();

        Assert.Equal(TimeSpan.FromSeconds(4), Primer(proxy));
        Assert.Equal((2, 1), (proxy.State.Generation, proxy.State.ReloadFailures));
        Assert.Null(proxy.State.LastRefusal);
    }

    [Fact]
    public async Task AllErrorsOfABadFile_AreOneLogLine()
    {
        await using var proxy = new LiveProxy(_folder.Settings);

        _folder.Write("config/bad.json", """{ "EdgeProxy": { "Drane": {}, "StreamPolicies": { "a": { "Detect": "x" }, "Off": {} } } }""");
        proxy.Poll();

        var line = Assert.Single(proxy.Errors);
        Assert.Contains("EdgeProxy:Drane: ", line, StringComparison.Ordinal);
        Assert.Contains("EdgeProxy:StreamPolicies:a:Detect: ", line, StringComparison.Ordinal);
        Assert.Contains("EdgeProxy:StreamPolicies:Off: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public async Task NewAndRemovedFiles_CountAsChanges()
    {
        await using var proxy = new LiveProxy(_folder.Settings);

        _folder.Write("config/more.json", """{ "ReverseProxy": { "Routes": { "more": { "ClusterId": "c", "Match": { "Path": "/more" } } } } }""");
        proxy.Poll();
        Assert.Equal(["more", "r"], proxy.Routes.Order());

        File.Delete(_folder.At("config/more.json"));
        proxy.Poll();
        Assert.Equal(["r"], proxy.Routes);
    }

    [Fact]
    public async Task SeveralChangesWithinAPoll_AreAppliedOnce_WhenTheFilesStandStill()
    {
        await using var proxy = new LiveProxy(_folder.Settings);

        _folder.Write("config/a.json", "{");
        proxy.Poll(times: 1);
        _folder.Write("config/a.json", "{ ");
        proxy.Poll(times: 1);
        _folder.Write("config/a.json", """{ "EdgeProxy": { "StreamPolicies": { "Default": { "Primer": { "After": "00:00:05" } } } } }""");
        proxy.Poll(times: 1);
        Assert.Equal(TimeSpan.FromSeconds(1), Primer(proxy));

        proxy.Poll(times: 4);

        Assert.Equal(TimeSpan.FromSeconds(5), Primer(proxy));
        Assert.Equal((2, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
    }

    [Fact]
    public async Task SwappedDataLink_OfAKubernetesMount_IsAChange()
    {
        var mount = _folder.At("mount");
        Directory.CreateDirectory(mount);
        _folder.Write("mount/..2026_01/proxy.json", Config("00:00:01"));
        Directory.CreateSymbolicLink(Path.Combine(mount, "..data"), "..2026_01");
        File.CreateSymbolicLink(Path.Combine(mount, "proxy.json"), "..data/proxy.json");
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["mount"] });

        _folder.Write("mount/..2026_02/proxy.json", Config("00:00:02"));
        File.SetLastWriteTimeUtc(_folder.At("mount/..2026_02/proxy.json"), File.GetLastWriteTimeUtc(_folder.At("mount/..2026_01/proxy.json")));
        Directory.Delete(Path.Combine(mount, "..data"));
        Directory.CreateSymbolicLink(Path.Combine(mount, "..data"), "..2026_02");
        Directory.Delete(_folder.At("mount/..2026_01"), recursive: true);
        proxy.Poll();

        Assert.Equal(TimeSpan.FromSeconds(2), Primer(proxy));
        Assert.Equal((2, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
    }

    [Fact]
    public async Task NamedFileThatDisappears_IsRefused()
    {
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["appsettings.json"] });

        File.Delete(_folder.At("appsettings.json"));
        proxy.Poll();

        Assert.Equal(1, proxy.State.ReloadFailures);
        Assert.Contains("appsettings.json: does not exist", proxy.State.LastRefusal?.ToString(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), Primer(proxy));
    }

    [Fact]
    public async Task CommandLine_StandsOverFilesAfterAReloadToo()
    {
        var settings = _folder.Settings;
        await using var proxy = new LiveProxy(settings with
        {
            Settings = new Dictionary<string, string?>(settings.Settings) { ["EdgeProxy:StreamPolicies:Default:Primer:After"] = "00:00:09" },
        });

        _folder.Write("appsettings.json", Config("00:00:04", """, "Order": 3 """));
        proxy.Poll();

        Assert.Equal(2, proxy.State.Generation);
        Assert.Equal(TimeSpan.FromSeconds(9), Primer(proxy));
    }

    [Fact]
    public async Task WarningsOfAReload_AreLogged()
    {
        await using var proxy = new LiveProxy(_folder.Settings);

        _folder.Write("config/a.json", """{ "EdgeProxy": { "Resume": { "MaxTotalBytes": 2048 } } }""");
        proxy.Poll();

        Assert.Contains(proxy.Warnings, line => line.Contains("EdgeProxy:Resume:MaxTotalBytes: has no effect in this version", StringComparison.Ordinal));
    }

    private static TimeSpan Primer(LiveProxy proxy) => proxy.Policy("r")!.Client.PrimerAfter;

    private static string Config(string primer, string routeMembers = "") => $$"""
        {
          "EdgeProxy": { "StreamPolicies": { "Default": { "Primer": { "After": "{{primer}}" } } } },
          "ReverseProxy": {
            "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/{**rest}" } {{routeMembers}} } },
            "Clusters": { "c": { "Destinations": { "d": { "Address": "http://127.0.0.1:1/" } } } }
          }
        }
        """;
}
