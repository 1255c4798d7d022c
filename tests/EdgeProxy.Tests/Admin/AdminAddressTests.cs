using EdgeProxy.Admin;
using EdgeProxy.Tests.Configuration;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Tests.Admin;

/// <summary>Where the admin listener listens, and where it is asked from its own machine.</summary>
public sealed class AdminAddressTests
{
    [Theory]
    [InlineData(null, "http://127.0.0.1:9901", "http://127.0.0.1:9901/", true)]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.1:0", "http://127.0.0.1:0/", true)]
    [InlineData("http://127.1.2.3:9000/", "http://127.1.2.3:9000", "http://127.1.2.3:9000/", true)]
    [InlineData("http://LocalHost:9000", "http://localhost:9000", "http://localhost:9000/", true)]
    [InlineData("http://[::1]:9000", "http://[::1]:9000", "http://[::1]:9000/", true)]
    [InlineData("http://0.0.0.0:9000", "http://0.0.0.0:9000", "http://localhost:9000/", false)]
    [InlineData("http://[::]:9000", "http://[::]:9000", "http://localhost:9000/", false)]
    [InlineData("http://10.1.2.3:9000", "http://10.1.2.3:9000", "http://10.1.2.3:9000/", false)]
    [InlineData("http://admin.internal:9000", "http://admin.internal:9000", "http://localhost:9000/", false)]
    [InlineData("https://10.1.2.3", "https://10.1.2.3:443", "https://10.1.2.3/", false)]
    public void Address_IsBoundAndAskedAsItsHostSays(string? url, string binding, string local, bool isLoopback)
    {
        var settings = url is null ? [] : new Dictionary<string, string?> { [AdminAddress.Key] = url };

        var address = AdminAddress.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        Assert.Equal((binding, local, isLoopback, url is not null), (address.Binding, address.Local.ToString(), address.IsLoopback, address.IsConfigured));
    }

    [Theory]
    [InlineData("http://127.0.0.1:9901/admin")]
    [InlineData("http://127.0.0.1:9901/?a=b")]
    [InlineData("http://127.0.0.1:9901/#a")]
    [InlineData("http://me@127.0.0.1:9901")]
    public void UrlWithMoreThanAnAddress_IsAnError(string url)
    {
        var error = Assert.Single(Judge.CheckSetting(AdminAddress.Key, url).Errors);

        Assert.Equal(AdminAddress.Key, error.Path);
        Assert.Contains(url, error.Message, StringComparison.Ordinal);
        Assert.Contains("without a path", error.Allowed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://0.0.0.0:9901/")]
    [InlineData("http://localhost:9901")]
    public void UrlOfAnAddress_IsNoError(string url)
    {
        var report = Judge.CheckSetting(AdminAddress.Key, url);

        Assert.Empty(report.Errors);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void UrlWithTls_NeedsACertificate() =>
        Assert.Contains("certificate", Assert.Single(Judge.CheckSetting(AdminAddress.Key, "https://127.0.0.1:9901").Errors).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("urls", "http://127.0.0.1:9901")]
    [InlineData("http_ports", "8080;9901")]
    [InlineData("Kestrel:Endpoints:a:Url", "http://*:9901")]
    public void DefaultThatTheProxyItselfListensOn_GivesWayWithAWarning(string key, string value)
    {
        var report = Judge.CheckSetting(key, value);

        Assert.Empty(report.Errors);
        Assert.Equal(AdminAddress.Key, Assert.Single(report.Warnings).Path);
    }
}
