using EdgeProxy.FunctionalTests.Attempts;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.PassThrough;

/// <summary>What YARP's routes can ask of the framework holds, with a stream policy and without one.</summary>
public sealed class RouteGuardsTests
{
    [Theory]
    [InlineData("Off", "AuthorizationPolicy", "anonymous", 200)]
    [InlineData("Off", "CorsPolicy", "disable", 200)]
    [InlineData("Off", "CorsPolicy", "default", 200)]
    [InlineData("Off", "TimeoutPolicy", "disable", 200)]
    [InlineData("Off", "AuthorizationPolicy", "default", 500)]
    [InlineData("Default", "AuthorizationPolicy", "anonymous", 200)]
    [InlineData("Default", "CorsPolicy", "disable", 200)]
    [InlineData("Default", "TimeoutPolicy", "disable", 200)]
    [InlineData("Default", "AuthorizationPolicy", "default", 500)]
    public async Task NamedGuard_IsAsked(string policy, string setting, string value, int status)
    {
        var config = new ProxyConfig().Route("all", "backend", policy: policy);
        config.Section("ReverseProxy", "Routes", "all")[setting] = value;
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.AnswerAsync(200, "application/json", "{}"));
        await using var proxy = await ProxyHost.StartAsync(config.Cluster("backend", backend.Http1));
        await using var client = await proxy.ConnectAsync();

        await client.AskAsync("/v1/chat/completions", body: "{}");

        Assert.Equal(status, (await client.ReadHeadAsync()).Status);
        Assert.Equal(status == 200 ? 1 : 0, backend.Exchanges.Count);
    }

    [Fact]
    public async Task Timeout_OfARouteWithoutStreams_EndsTheRequestAsYarpDoes()
    {
        var config = new ProxyConfig().Route("all", "backend", policy: "Off");
        config.Section("ReverseProxy", "Routes", "all")["Timeout"] = "00:00:00.1";
        await using var backend = await ScriptedBackend.StartAsync(Answers.Silent);
        await using var proxy = await ProxyHost.StartAsync(config.Cluster("backend", backend.Http1));
        await using var client = await proxy.ConnectAsync();

        await client.AskAsync("/v1/chat/completions", body: "{}");

        Assert.Equal(400, (await client.ReadHeadAsync()).Status);
    }
}
