using System.Net;
using System.Text.Json.Nodes;
using EdgeProxy.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>A destination that fails is passed over, and asked again when it may be well. One attempt a request, so that each failure is seen.</summary>
public sealed class HealthTests
{
    private const string Stream = """{"model":"m","stream":true}""";
    private const string Plain = """{"model":"m"}""";

    [Fact]
    public async Task DestinationThatRefusesConnections_IsPassedOverAfterThreeFailures()
    {
        using var dead = new DeadPort();
        await using var live = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync("data: a\n\ndata: [DONE]\n\n"));
        await using var proxy = await ProxyHost.StartManualAsync(Config(dead.Address, live.Http1));
        using var client = proxy.CreateClient();

        var failures = 0;
        while (Health(proxy, "d1") != DestinationHealth.Unhealthy)
        {
            failures += await AskAsync(proxy, client, Stream) == HttpStatusCode.BadGateway ? 1 : 0;
            Assert.InRange(failures, 0, 3);
        }

        Assert.Equal(3, failures);
        await PassedOverAsync(proxy, "d1");
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(proxy, client, i % 2 == 0 ? Stream : Plain));
        }
    }

    [Fact]
    public async Task DestinationThatRecovers_IsAskedAgainAfterTenSeconds()
    {
        var isSick = true;
        var asked = 0;
        await using var ill = await ScriptedBackend.StartAsync(exchange =>
        {
            Interlocked.Increment(ref asked);
            return Volatile.Read(ref isSick) ? exchange.AnswerAsync(503, "application/json", "{}") : exchange.StreamAsync("data: a\n\ndata: [DONE]\n\n");
        });
        await using var live = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync("data: a\n\ndata: [DONE]\n\n"));
        await using var proxy = await ProxyHost.StartManualAsync(Config(ill.Http1, live.Http1));
        using var client = proxy.CreateClient();
        while (Health(proxy, "d1") != DestinationHealth.Unhealthy)
        {
            await AskAsync(proxy, client, Stream);
        }

        Assert.Equal(3, asked);
        await PassedOverAsync(proxy, "d1");
        Volatile.Write(ref isSick, false);
        proxy.Clock.Advance(TimeSpan.FromSeconds(9.9));
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(proxy, client, Stream));
        }

        Assert.Equal(3, asked);
        proxy.Clock.Advance(TimeSpan.FromSeconds(0.2));
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(proxy, client, Stream));
        }

        Assert.True(asked > 3);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(429)]
    public async Task DestinationThatRefusesItsCallers_IsNotPassedOver(int status)
    {
        await using var strict = await ScriptedBackend.StartAsync(exchange => exchange.AnswerAsync(status, "application/json", "{}"));
        await using var live = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync("data: a\n\ndata: [DONE]\n\n"));
        await using var proxy = await ProxyHost.StartManualAsync(Config(strict.Http1, live.Http1));
        using var client = proxy.CreateClient();

        var refusals = 0;
        for (var i = 0; i < 12; i++)
        {
            refusals += (int)await AskAsync(proxy, client, Stream) == status ? 1 : 0;
        }

        Assert.Equal(6, refusals);
        Assert.NotEqual(DestinationHealth.Unhealthy, Health(proxy, "d1"));
    }

    private static ProxyConfig Config(params Uri[] backends)
    {
        var config = new ProxyConfig().Cluster("backend", backends).Route("all", "backend").Policy("Default", """{ "Attempts": { "Max": 1 } }""");
        config.Section("ReverseProxy", "Clusters", "backend")["LoadBalancingPolicy"] = JsonValue.Create("RoundRobin");
        return config;
    }

    private static async Task<HttpStatusCode> AskAsync(ProxyHost proxy, HttpClient client, string body)
    {
        using var request = proxy.Post(ClientProtocol.Http1, "/v1/chat/completions", body);
        using var answer = await client.SendAsync(request, Patience.Token());
        await answer.Content.ReadAsStringAsync(Patience.Token());
        return answer.StatusCode;
    }

    private static ClusterState Cluster(ProxyHost proxy) =>
        proxy.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("backend", out var cluster) ? cluster : throw new InvalidOperationException("No cluster.");

    private static DestinationHealth Health(ProxyHost proxy, string destination) => Cluster(proxy).Destinations[destination].Health.Passive;

    /// <summary>YARP takes a change of health over in the background.</summary>
    private static Task PassedOverAsync(ProxyHost proxy, string destination) => Patience.UntilAsync(
        () => Cluster(proxy).DestinationsState.AvailableDestinations.All(available => available.DestinationId != destination), $"{destination} was passed over");
}
