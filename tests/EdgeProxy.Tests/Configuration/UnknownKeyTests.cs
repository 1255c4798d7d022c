namespace EdgeProxy.Tests.Configuration;

/// <summary>A typo must not silently mean the default.</summary>
public sealed class UnknownKeyTests
{
    [Theory]
    [InlineData("EdgeProxy:StreamPolicis:chat:Detect", "EdgeProxy:StreamPolicis", "StreamPolicies")]
    [InlineData("EdgeProxy:Drian:Timeout", "EdgeProxy:Drian", "Drain")]
    [InlineData("EdgeProxy:StreamPolicies:chat:Keepalives:Interval", "EdgeProxy:StreamPolicies:chat:Keepalives", "KeepAlive")]
    [InlineData("EdgeProxy:StreamPolicies:chat:KeepAlive:Intervall", "EdgeProxy:StreamPolicies:chat:KeepAlive:Intervall", "Interval")]
    [InlineData("EdgeProxy:StreamPolicies:chat:KeepAliveInterval", "EdgeProxy:StreamPolicies:chat:KeepAliveInterval", "KeepAlive:Interval")]
    [InlineData("EdgeProxy:StreamPolicies:chat:FirstEvent", "EdgeProxy:StreamPolicies:chat:FirstEvent", "Timeouts:FirstEvent")]
    [InlineData("EdgeProxy:StreamPolicies:chat:Attempts:Fallbacks:0:Modle", "EdgeProxy:StreamPolicies:chat:Attempts:Fallbacks:0:Modle", "Model")]
    [InlineData("ReverseProxy:Route:r:ClusterId", "ReverseProxy:Route", "Routes")]
    [InlineData("ReverseProxy:Routes:r:Clusterid2", "ReverseProxy:Routes:r:Clusterid2", "ClusterId")]
    [InlineData("ReverseProxy:Routes:r:Matches:Path", "ReverseProxy:Routes:r:Matches", "Match")]
    [InlineData("ReverseProxy:Routes:r:Path", "ReverseProxy:Routes:r:Path", "Match:Path")]
    [InlineData("ReverseProxy:Routes:r:Match:Method:0", "ReverseProxy:Routes:r:Match:Method", "Methods")]
    [InlineData("ReverseProxy:Routes:r:Match:Headers:0:Nam", "ReverseProxy:Routes:r:Match:Headers:0:Nam", "Name")]
    [InlineData("ReverseProxy:Clusters:c:Destination:d:Address", "ReverseProxy:Clusters:c:Destination", "Destinations")]
    [InlineData("ReverseProxy:Clusters:c:Destinations:d:Adress", "ReverseProxy:Clusters:c:Destinations:d:Adress", "Address")]
    [InlineData("ReverseProxy:Clusters:c:HealthCheck:Passiv:Enabled", "ReverseProxy:Clusters:c:HealthCheck:Passiv", "Passive")]
    [InlineData("ReverseProxy:Clusters:c:HttpRequest:ActivityTimeOuts", "ReverseProxy:Clusters:c:HttpRequest:ActivityTimeOuts", "ActivityTimeout")]
    public void UnknownKey_IsAnErrorAtItsPath_WithTheLikelyKey(string key, string path, string meant)
    {
        var error = Assert.Single(Judge.CheckSetting(key, "GET").Errors, error => error.Path == path);

        Assert.Contains($"did you mean {meant}?", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Allowed);
    }

    [Theory]
    [InlineData("EdgeProxy:Colour")]
    [InlineData("ReverseProxy:Colour")]
    [InlineData("ReverseProxy:Routes:r:Colour")]
    [InlineData("ReverseProxy:Routes:r:RouteId")]
    [InlineData("ReverseProxy:Clusters:c:ClusterId")]
    public void KeyThatIsLikeNoOther_IsAnErrorWithoutAGuess(string key)
    {
        var error = Assert.Single(Judge.CheckSetting(key, "x").Errors);

        Assert.Equal(key, error.Path);
        Assert.DoesNotContain("did you mean", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ReverseProxy:Routes:r:Metadata:team")]
    [InlineData("ReverseProxy:Clusters:c:Metadata:team")]
    [InlineData("ReverseProxy:Clusters:c:Destinations:d:Metadata:team")]
    public void FreeKeys_AreFree(string key) => Assert.Empty(Judge.CheckSetting(key, "x").Errors);

    [Fact]
    public void Transforms_AreJudgedByTheirOwnFactories()
    {
        var good = Judge.CheckSetting("ReverseProxy:Routes:r:Transforms:0:PathPrefix", "/x");
        var bad = Judge.CheckSetting("ReverseProxy:Routes:r:Transforms:0:PathPrefx", "/x");

        Assert.Empty(good.Errors);
        var error = Assert.Single(bad.Errors);
        Assert.Equal("ReverseProxy:Routes:r", error.Path);
        Assert.Contains("PathPrefx", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EdgeProxi", "EdgeProxy")]
    [InlineData("ReversProxy", "ReverseProxy")]
    [InlineData("Login", null)]
    [InlineData("AllowedHosts", null)]
    public void SectionThatNothingReads_IsAnErrorWhenItLooksLikeATypo_ElseAWarning(string section, string? meant)
    {
        using var folder = new TempFolder();
        folder.Write("appsettings.json", $$"""{ "{{section}}": { "x": 1 }, {{Judge.Proxy}} }""");

        var report = EdgeProxy.Hosting.EdgeProxyHost.Check(folder.Settings);

        if (meant is null)
        {
            Assert.Empty(report.Errors);
            Assert.Equal(section, Assert.Single(report.Warnings).Path);
        }
        else
        {
            Assert.Contains($"did you mean {meant}?", Assert.Single(report.Errors).Message, StringComparison.Ordinal);
        }
    }
}
