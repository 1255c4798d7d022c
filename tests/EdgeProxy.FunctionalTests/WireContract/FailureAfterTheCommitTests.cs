using System.Text.Json;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>After the commit a client is told of every failure by one error frame and what its dialect wants after it; each code by a real fault.</summary>
public sealed class FailureAfterTheCommitTests
{
    private const string Policy = """{ "Primer": { "After": "00:00:00" }, "Timeouts": { "FirstEvent": "00:00:02", "Idle": "00:00:02" }, "KeepAlive": { "Frame": "None" } }""";

    /// <summary>Each fault, the code it must bring, the status that was lost. A script's gate opens when the client has what came before the fault.</summary>
    private static readonly Dictionary<string, Fault> Faults = new()
    {
        ["reset before headers"] = new("upstream_unreachable", 502, async (exchange, gate, _) =>
        {
            await gate.WaitAsync();
            exchange.Reset();
        }),
        ["closed before headers"] = new("upstream_unreachable", 502, async (exchange, gate, _) =>
        {
            await gate.WaitAsync();
            exchange.Cut();
        }),
        ["reset after headers"] = new("upstream_disconnected", 502, async (exchange, gate, _) =>
        {
            await exchange.SendHeadAsync();
            await gate.WaitAsync();
            exchange.Reset();
        }),
        ["body cut after headers"] = new("upstream_disconnected", 502, async (exchange, gate, _) =>
        {
            await exchange.SendHeadAsync();
            await gate.WaitAsync();
            exchange.Cut();
        }),
        ["reset between events"] = new("upstream_disconnected", 502, SendsEvent: true, Script: async (exchange, gate, family) =>
        {
            await exchange.StreamAsync(family.Event);
            await gate.WaitAsync();
            exchange.Reset();
        }),
        ["reset in an event"] = new("upstream_disconnected", 502, SendsEvent: true, Script: async (exchange, gate, family) =>
        {
            await exchange.StreamAsync(family.Event + family.Event[..20]);
            await gate.WaitAsync();
            exchange.Reset();
        }),
        ["body cut in an event"] = new("upstream_disconnected", 502, SendsEvent: true, Script: async (exchange, gate, family) =>
        {
            await exchange.StreamAsync(family.Event + family.Event[..^2]);
            await gate.WaitAsync();
            exchange.Cut();
        }),
        ["body cut by length"] = new("upstream_disconnected", 502, SendsEvent: true, Script: async (exchange, gate, family) =>
        {
            exchange.Context.Response.ContentLength = 100_000;
            await exchange.StreamAsync(family.Event);
            await gate.WaitAsync();
            exchange.Cut();
        }),
        ["slow first event"] = new("upstream_timeout", 504, static (exchange, _, _) => exchange.HangAsync()),
        ["slow first event after headers"] = new("upstream_timeout", 504, static async (exchange, _, _) =>
        {
            await exchange.SendHeadAsync();
            await exchange.HangAsync();
        }),
        ["stall"] = new("upstream_stalled", 504, SendsEvent: true, Script: static async (exchange, _, family) =>
        {
            await exchange.StreamAsync(family.Event);
            await exchange.HangAsync();
        }),
        ["stall in an event"] = new("upstream_stalled", 504, SendsEvent: true, Script: static async (exchange, _, family) =>
        {
            await exchange.StreamAsync(family.Event + family.Event[..20]);
            await exchange.HangAsync();
        }),
        ["HTML 200"] = new("upstream_not_sse", 502, static (exchange, _, _) => exchange.AnswerAsync(200, "text/html", "<html>Sign in\n\ndata: forged\n\n</html>")),
        ["JSON 200"] = new("upstream_not_sse", 502, static (exchange, _, _) => exchange.AnswerAsync(200, "application/json", """{"id":"c"}""")),
        ["empty 200"] = new("upstream_not_sse", 502, static (exchange, _, _) => exchange.AnswerAsync(200, null, "")),
        ["204"] = new("upstream_not_sse", 502, static (exchange, _, _) => exchange.SendHeadAsync(204, null)),
        ["302"] = new("upstream_not_sse", 502, static (exchange, _, _) => exchange.AnswerAsync(302, null, "", ("Location", "https://login.example/"))),
        ["encoding nobody reads"] = new("upstream_not_sse", 502, static (exchange, _, _) => exchange.AnswerAsync(200, "text/event-stream", "data: x\n\n", ("Content-Encoding", "zstd"))),
        ["plain 500"] = new("server_error", 500, static (exchange, _, _) => exchange.AnswerAsync(500, null, "")),
        ["HTML 503"] = new("server_overloaded", 503, static (exchange, _, _) => exchange.AnswerAsync(503, "text/html", "<html><h1>503</h1></html>")),
        ["plain 429"] = new("rate_limit_exceeded", 429, static (exchange, _, _) => exchange.AnswerAsync(429, "text/plain", "slow down")),
        ["plain 401"] = new("invalid_api_key", 401, static (exchange, _, _) => exchange.AnswerAsync(401, "text/plain", "who are you")),
        ["plain 403"] = new("permission_denied", 403, static (exchange, _, _) => exchange.AnswerAsync(403, "text/plain", "no")),
        ["plain 404"] = new("model_not_found", 404, static (exchange, _, _) => exchange.AnswerAsync(404, "text/plain", "no")),
        ["plain 400"] = new("invalid_request_error", 400, static (exchange, _, _) => exchange.AnswerAsync(400, "text/plain", "no")),
        ["error status with an event stream"] = new("server_error", 500, static (exchange, _, _) => exchange.AnswerAsync(500, "text/event-stream", "data: {}\n\ndata: [DONE]\n\n")),
    };

    public static TheoryData<string, string, bool> Runs()
    {
        var runs = new TheoryData<string, string, bool>();
        foreach (var fault in Faults.Keys)
        {
            foreach (var family in Family.All)
            {
                runs.Add(fault, family.Name, false);
            }

            runs.Add(fault, Family.Chat.Name, true);
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Fault_AfterTheCommit_BringsOneErrorFrameAndTheMarker(string faultName, string familyName, bool http2)
    {
        var (fault, family) = (Faults[faultName], Family.Named(familyName));
        var gate = new Gate();
        await using var stage = await Stage.StartAsync(Policy, exchange => fault.Script(exchange, gate, family), http2);
        await using var client = await stage.AskAsync(family.Path);

        await client.ReadHeadAsync();
        Assert.Equal(family.Primer, await client.ReadChunkTextAsync());
        if (fault.SendsEvent)
        {
            Assert.Equal(family.Event, await client.ReadChunkTextAsync());
        }

        gate.Open();
        var rest = fault.Code is "upstream_timeout" or "upstream_stalled" ? await stage.BodyAsync(client, by: 3) : await client.ReadTextAsync();
        family.AssertFailure(rest, fault.Code, fault.Status);
        if (fault.Code is "upstream_timeout" or "upstream_stalled")
        {
            stage.AssertNotBefore(2);
            await (await stage.Backend.NextAsync()).Aborted;
        }

        Assert.Empty(stage.Proxy.Logs.Errors);
    }

    [Theory]
    [MemberData(nameof(Family.Names), MemberType = typeof(Family))]
    public async Task ConnectionRefused_AfterTheCommit_IsUnreachable(string familyName)
    {
        var family = Family.Named(familyName);
        using var dead = new DeadPort();
        await using var proxy = await ProxyHost.StartManualAsync(ProxyConfig.For(dead.Address, Stage.SingleAttempt(Policy)));
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync(family.Path);

        await client.ReadHeadAsync();
        Assert.Equal(family.Primer, await client.ReadChunkTextAsync());
        var body = await client.ReadTextAsync();
        family.AssertFailure(body, "upstream_unreachable", 502);
        Assert.DoesNotContain("127.0.0.1", body, StringComparison.Ordinal);
        Assert.DoesNotContain($"{dead.Address.Port}", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OpenAIChat")]
    [InlineData("OpenAIResponses")]
    [InlineData("OpenAIImages")]
    [InlineData("AnthropicMessages")]
    [InlineData("Gemini")]
    public async Task CleanEnd_InTheMiddleOfAnEvent_IsIncomplete_AndThePartIsDropped(string familyName)
    {
        var family = Family.Named(familyName);
        await using var stage = await Stage.StartAsync(Policy, exchange => exchange.StreamAsync(family.Event + family.Event[..^3]));
        await using var client = await stage.AskAsync(family.Path);

        await client.ReadHeadAsync();
        var body = await client.ReadTextAsync();
        Assert.StartsWith(family.Primer + family.Event, body, StringComparison.Ordinal);
        family.AssertFailure(body[(family.Primer + family.Event).Length..], "stream_incomplete", 502);
    }

    [Fact]
    public async Task SequenceNumber_IsTheLastSeenPlusOne()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync(Policy, async exchange =>
        {
            await exchange.StreamAsync(Family.Responses.Event);
            await gate.WaitAsync();
            exchange.Reset();
        });
        await using var client = await stage.AskAsync(Family.Responses.Path);

        await client.ReadHeadAsync();
        await client.ReadUntilAsync(Family.Responses.Event);
        gate.Open();
        var data = Sse.Parse(await client.ReadTextAsync())[0].Data;
        Assert.Equal(5, JsonDocument.Parse(data).RootElement.GetProperty("sequence_number").GetInt32());
    }

    private sealed record Fault(string Code, int Status, Func<BackendExchange, Gate, Family, Task> Script, bool SendsEvent = false);
}
