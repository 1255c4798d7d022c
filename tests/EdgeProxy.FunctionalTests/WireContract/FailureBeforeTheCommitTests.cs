using System.Text;
using System.Text.Json;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>Before the commit the same faults are real HTTP answers with the dialect's JSON error body: SDKs retry those.</summary>
public sealed class FailureBeforeTheCommitTests
{
    private const string Policy = """{ "Primer": { "After": "00:00:30" }, "Timeouts": { "FirstEvent": "00:00:02" } }""";

    private static readonly Dictionary<string, Fault> Faults = new()
    {
        ["reset before headers"] = new("upstream_unreachable", 502, static exchange =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        }),
        ["reset after headers"] = new("upstream_disconnected", 502, static async exchange =>
        {
            await exchange.SendHeadAsync();
            exchange.Reset();
        }),
        ["cut in the first event"] = new("upstream_disconnected", 502, static async exchange =>
        {
            await exchange.StreamAsync("data: {");
            exchange.Cut();
        }),
        ["slow first event"] = new("upstream_timeout", 504, static exchange => exchange.HangAsync()),
        ["slow first event after headers"] = new("upstream_timeout", 504, static async exchange =>
        {
            await exchange.SendHeadAsync();
            await exchange.HangAsync();
        }),
    };

    public static TheoryData<string, string> Runs()
    {
        var runs = new TheoryData<string, string>();
        foreach (var fault in Faults.Keys)
        {
            foreach (var family in Family.All)
            {
                runs.Add(fault, family.Name);
            }
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Fault_BeforeTheCommit_IsARealStatusWithTheDialectsBody(string faultName, string familyName)
    {
        var (fault, family) = (Faults[faultName], Family.Named(familyName));
        await using var stage = await Stage.StartAsync(Policy, fault.Script);
        await using var client = await stage.AskAsync(family.Path);

        var head = fault.Status == 504 ? await stage.HeadAsync(client) : await client.ReadHeadAsync();
        var body = await client.ReadTextAsync();

        // Whether a reset overtakes the head that was sent just before it is the network's to say.
        var code = faultName == "reset after headers" && body.Contains("upstream_unreachable", StringComparison.Ordinal) ? "upstream_unreachable" : fault.Code;
        Assert.Equal((fault.Status, "application/json"), (head.Status, head["Content-Type"]?.Split(';')[0]));
        Assert.Equal($"{Encoding.UTF8.GetByteCount(body)}", head["Content-Length"]);
        Assert.NotEmpty(head["x-request-id"]!);
        ErrorFields.AssertBody(family, body, code, fault.Status, "upstream");
        Assert.Empty(stage.Proxy.Logs.Errors);
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task ConnectionRefused_BeforeTheCommit_Is502(string familyName)
    {
        var family = Family.Named(familyName);
        using var dead = new DeadPort();
        await using var proxy = await ProxyHost.StartManualAsync(ProxyConfig.For(dead.Address, Stage.SingleAttempt("{}")));
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync(family.Path);

        Assert.Equal(502, (await client.ReadHeadAsync()).Status);
        ErrorFields.AssertBody(family, await client.ReadTextAsync(), "upstream_unreachable", 502, "upstream");
    }

    [Theory]
    [InlineData(ClientProtocol.Http2Tls)]
    [InlineData(ClientProtocol.H2c)]
    public async Task ConnectionRefused_OverHttp2_Is502Too(ClientProtocol protocol)
    {
        using var dead = new DeadPort();
        await using var proxy = await ProxyHost.StartManualAsync(ProxyConfig.For(dead.Address, Stage.SingleAttempt("{}")));
        using var client = proxy.CreateClient(protocol);
        using var request = proxy.Post(protocol, "/v1/chat/completions");
        using var answer = await client.SendAsync(request, Patience.Token());

        Assert.Equal(502, (int)answer.StatusCode);
        var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Patience.Token()));
        Assert.Equal("upstream_unreachable", json.RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    private sealed record Fault(string Code, int Status, Func<BackendExchange, Task> Script);
}
