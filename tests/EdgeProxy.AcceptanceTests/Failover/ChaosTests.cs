using System.Text.Json;
using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Failover;

/// <summary>What the clients of a troubled cluster see, with failover and without.</summary>
public sealed class ChaosTests
{
    private const int Questions = 500;
    private const int AtOnce = 50;
    private const int Seed = 20261121;
    private const string Guards = """ "Primer": { "After": "00:00:00.500" }, "KeepAlive": { "Interval": "00:00:01" }, "Timeouts": { "FirstEvent": "00:01:00", "Idle": "00:00:03" } """;

    // More than any stream may take: FirstEvent, the answer, and Idle.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task BackendsKilledRestartedThrottledStalled_EveryCallEndsWhole_OrInATypedError()
    {
        RealPart.Demand(Directory.Exists(Path.Combine(NodeClient.Folder, "node_modules", "openai")), "npm package openai");
        await using var backends = await ChaosBackends.StartAsync();
        await using var with = await StartAsync(backends, """{ "Max": 6, "AttemptTimeout": "00:00:10" }""");
        await using var without = await StartAsync(backends, """{ "Max": 1 }""");

        var chaos = backends.RunAsync(Seed, TimeSpan.FromMinutes(2));
        var swarms = await Task.WhenAll(AskAsync(with), AskAsync(without));
        await chaos;

        var (on, off) = (swarms[0], swarms[1]);
        TestContext.Current.TestOutputHelper?.WriteLine($"trouble: {JsonSerializer.Serialize(backends.Done)}");
        TestContext.Current.TestOutputHelper?.WriteLine($"failover on:  {JsonSerializer.Serialize(on)}");
        TestContext.Current.TestOutputHelper?.WriteLine($"failover off: {JsonSerializer.Serialize(off)}");
        foreach (var counts in swarms)
        {
            Assert.Empty(counts.Untyped);
            Assert.Equal((0, 0), (counts.Truncated, counts.Hung));
            Assert.Equal(Questions, counts.Whole + counts.Errors.Values.Sum());
        }

        Assert.True(on.Whole > off.Whole, $"With failover {on.Whole} whole answers, without {off.Whole}.");
    }

    private static Task<ProxyHost> StartAsync(ChaosBackends backends, string attempts) => ProxyHost.StartAsync(
        new ProxyConfig().Cluster("main", backends.Addresses).Route("all", "main").Policy("Default", $$"""{ {{Guards}}, "Attempts": {{attempts}} }"""));

    private static async Task<SwarmCounts> AskAsync(ProxyHost proxy)
    {
        var argument = JsonSerializer.Serialize(new
        {
            baseUrl = new Uri(proxy.Http1, "/v1"),
            questions = Questions,
            atOnce = AtOnce,
            words = ChaosBackends.Words,
            patienceMs = (int)Patience.TotalMilliseconds,
        });
        await using var process = ExternalProcess.Start(RealPart.Program("node"), [Path.Combine(NodeClient.Folder, "swarm.mjs"), argument], NodeClient.Folder);
        var output = await process.OutputAsync(TimeSpan.FromMinutes(10));
        Assert.True(output.Length > 0, $"swarm.mjs printed nothing: {process.Errors}");
        return JsonSerializer.Deserialize<SwarmCounts>(output, JsonSerializerOptions.Web)!;
    }

    private sealed record SwarmCounts(int Whole, int Truncated, int Hung, SortedDictionary<string, int> Errors, string[] Untyped);
}
