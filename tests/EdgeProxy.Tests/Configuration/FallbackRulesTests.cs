namespace EdgeProxy.Tests.Configuration;

/// <summary>The clusters that a policy's fallbacks name.</summary>
public sealed class FallbackRulesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(""" { "Cluster": "backups" } """, "Fallbacks:0:Cluster", "names no cluster: 'backups', did you mean backup?")]
    [InlineData(""" { "Cluster": "backup" }, { "Cluster": "nowhere", "Model": "m" } """, "Fallbacks:1:Cluster", "names no cluster: 'nowhere'")]
    [InlineData(""" { "Cluster": "" } """, "Fallbacks:0:Cluster", "is missing")]
    [InlineData(""" { "Model": "m" } """, "Fallbacks:0:Cluster", "is missing")]
    [InlineData(""" { "Cluster": "backup", "Modell": "m" } """, "Fallbacks:0:Modell", "did you mean Model?")]
    public void FallbackThatLeadsNowhere_IsAnErrorAtItsPath(string fallbacks, string path, string expected)
    {
        var error = Assert.Single(Judge.Check(Config(fallbacks)).Errors);

        Assert.Equal($"EdgeProxy:StreamPolicies:chat:Attempts:{path}", error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FallbackThatLeadsNowhere_ListsTheClusters() =>
        Assert.Equal("backup, main", Assert.Single(Judge.Check(Config(""" { "Cluster": "x" } """)).Errors).Allowed);

    [Theory]
    [InlineData(""" { "Cluster": "backup" } """)]
    [InlineData(""" { "Cluster": "BACKUP", "Model": "small" } """)]
    [InlineData(""" { "Cluster": "main", "Model": "small" }, { "Cluster": "backup", "Model": "small" } """)]
    public void FallbackThatLeadsSomewhere_IsFine(string fallbacks)
    {
        var report = Judge.Check(Config(fallbacks));

        Assert.Empty(report.Errors);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void FallbackToTheRoutesOwnCluster_WithTheSameModel_IsAWarning()
    {
        var report = Judge.Check(Config(""" { "Cluster": "backup" }, { "Cluster": "Main" } """));

        Assert.Empty(report.Errors);
        Assert.Equal(
            "EdgeProxy:StreamPolicies:chat:Attempts:Fallbacks:1:Cluster: is 'Main', the cluster of route 'r' itself, without another Model: it is only asked again",
            Assert.Single(report.Warnings).ToString());
    }

    [Fact]
    public async Task ReloadThatTakesAFallbacksClusterAway_IsRefused()
    {
        _folder.Write("appsettings.json", Config(""" { "Cluster": "backup" } """));
        await using var proxy = new LiveProxy(_folder.Settings);

        _folder.Write("appsettings.json", Config(""" { "Cluster": "backup" } """, backup: "spare"));
        proxy.Poll();

        Assert.Equal(1, proxy.State.ReloadFailures);
        Assert.Contains("EdgeProxy:StreamPolicies:chat:Attempts:Fallbacks:0:Cluster: names no cluster: 'backup'", proxy.State.LastRefusal?.ToString(), StringComparison.Ordinal);
    }

    private static string Config(string fallbacks, string backup = "backup") => $$"""
        {
          "EdgeProxy": { "StreamPolicies": { "chat": { "Attempts": { "Fallbacks": [ {{fallbacks}} ] } } } },
          "ReverseProxy": {
            "Routes": { "r": { "ClusterId": "main", "Match": { "Path": "/" }, "Metadata": { "StreamPolicy": "Chat" } } },
            "Clusters": {
              "main": { "Destinations": { "d": { "Address": "http://127.0.0.1:1/" } } },
              "{{backup}}": { "Destinations": { "d": { "Address": "http://127.0.0.1:2/" } } }
            }
          }
        }
        """;
}
