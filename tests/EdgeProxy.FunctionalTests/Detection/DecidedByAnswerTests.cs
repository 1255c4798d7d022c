using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Detection;

/// <summary>MCP accepts JSON and event streams alike: no primer, and what comes decides.</summary>
public sealed class DecidedByAnswerTests
{
    private const string Both = "Accept: application/json, text/event-stream\r\n";
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/call"}""";
    private const string Event = "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n";

    [Fact]
    public async Task JsonAnswer_HoweverLate_PassesWithoutPrimer()
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            await gate.WaitAsync();
            await exchange.AnswerAsync(200, "application/json", """{"jsonrpc":"2.0","id":1,"result":{}}""", ("Mcp-Session-Id", "s"));
        });
        await using var client = await stage.AskAsync("/mcp", Both, body: Call);

        var head = client.ReadHeadAsync();
        Assert.True(await stage.Clock.PassWithoutAsync(head, TimeSpan.FromSeconds(20)));
        gate.Open();
        Assert.Equal((200, "application/json", "s"), ((await head).Status, (await head)["Content-Type"], (await head)["Mcp-Session-Id"]));
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"result":{}}""", await client.ReadTextAsync());
    }

    [Fact]
    public async Task EventStream_IsGuardedLikeAnyOther()
    {
        var gates = new[] { new Gate(), new Gate() };
        await using var stage = await Stage.StartAsync("{}", async exchange =>
        {
            await gates[0].WaitAsync();
            await exchange.SendHeadAsync(200, "text/event-stream", ("Mcp-Session-Id", "s"));
            await exchange.WriteAsync(Event);
            await gates[1].WaitAsync();
            exchange.Reset();
        });
        await using var client = await stage.AskAsync("/mcp", Both, body: Call);

        var head = client.ReadHeadAsync();
        Assert.True(await stage.Clock.PassWithoutAsync(head, TimeSpan.FromSeconds(20)));
        gates[0].Open();
        Assert.Equal("s", (await head)["Mcp-Session-Id"]);
        Assert.Equal(Event, await client.ReadChunkTextAsync());
        Assert.Equal(": keep-alive\n\n", await stage.ChunkAsync(client));
        gates[1].Open();
        Family.Generic.AssertFailure(await client.ReadTextAsync(), "upstream_disconnected", 502);
    }

    [Theory]
    [InlineData(202, "")]
    [InlineData(404, """{"error":{}}""")]
    public async Task OtherAnswer_PassesAsItIs(int status, string body)
    {
        await using var stage = await Stage.StartAsync("{}", exchange => exchange.AnswerAsync(status, body.Length > 0 ? "application/json" : null, body));
        await using var client = await stage.AskAsync("/mcp", Both, body: Call);

        Assert.Equal(status, (await client.ReadHeadAsync()).Status);
        Assert.Equal(body, await client.ReadTextAsync());
    }
}
