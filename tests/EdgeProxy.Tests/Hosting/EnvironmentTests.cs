using EdgeProxy.Hosting;
using EdgeProxy.Tests.Configuration;

namespace EdgeProxy.Tests.Hosting;

/// <summary>Environment variables belong to the whole process: while these tests set some, no other test runs.</summary>
[CollectionDefinition(nameof(EnvironmentTests), DisableParallelization = true)]
[Collection(nameof(EnvironmentTests))]
public sealed class EnvironmentTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EnvironmentAndCommandLine_StandOverFiles()
    {
        const string Variable = "EdgeProxy__StreamPolicies__from_environment__KeepAlive__Interval";
        const string Key = "EdgeProxy:StreamPolicies:from_environment:KeepAlive:Interval";
        _folder.Write("appsettings.json", $$"""{ "EdgeProxy": { "StreamPolicies": { "from_environment": { "KeepAlive": { "Interval": "00:00:01" } } } }, {{Judge.Proxy}} }""");
        var settings = _folder.Settings with { ReadEnvironment = true };
        Environment.SetEnvironmentVariable(Variable, "two");
        try
        {
            var error = Assert.Single(EdgeProxyHost.Check(settings).Errors);
            Assert.Equal(Key, error.Path);
            Assert.Contains("'two'", error.Message, StringComparison.Ordinal);

            var overridden = new Dictionary<string, string?>(settings.Settings) { [Key.ToUpperInvariant()] = "00:00:03" };
            Assert.Empty(EdgeProxyHost.Check(settings with { Settings = overridden }).Errors);
            Assert.Empty(EdgeProxyHost.Check(settings with { ReadEnvironment = false }).Errors);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    [Fact]
    public async Task AddressesByAspNetCoreVariables_Count()
    {
        Environment.SetEnvironmentVariable("ASPNETCORE_HTTP_PORTS", "8123");
        try
        {
            await using var app = EdgeProxyHost.Create(_folder.Settings with { Settings = new Dictionary<string, string?>(), ReadEnvironment = true });

            Assert.Equal("8123", app.Configuration["http_ports"]);
            Assert.Null(app.Configuration["urls"]);
        }
        finally
        {
            Environment.SetEnvironmentVariable("ASPNETCORE_HTTP_PORTS", null);
        }
    }
}
