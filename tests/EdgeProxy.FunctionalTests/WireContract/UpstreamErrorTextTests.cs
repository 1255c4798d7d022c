using System.Text.Json;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>What becomes of an upstream's error text after the commit: kept where it is one, bounded, hidden if asked, and never a frame of its own.</summary>
public sealed class UpstreamErrorTextTests
{
    private const string Policy = """{ "Primer": { "After": "00:00:00" } }""";

    [Theory]
    [InlineData("""{"error":{"message":"You are too fast","type":"tokens","param":"model","code":"rate_limit_exceeded"}}""", "You are too fast", "tokens", "rate_limit_exceeded")]
    [InlineData("""{"error":{"message":"Insufficient funds","type":"insufficient_quota","code":"insufficient_quota"}}""", "Insufficient funds", "insufficient_quota", "insufficient_quota")]
    [InlineData("""{"type":"error","error":{"type":"rate_limit_error","message":"Number of request tokens"}}""", "Number of request tokens", "rate_limit_error", null)]
    [InlineData("""{"error":{"code":429,"message":"Resource has been exhausted","status":"RESOURCE_EXHAUSTED"}}""", "Resource has been exhausted", null, null)]
    public async Task JsonError_KeepsTheUpstreamsMessageTypeAndCode(string error, string message, string? type, string? code)
    {
        await using var stage = await Stage.StartAsync(Policy, exchange => exchange.AnswerAsync(429, "application/json", error, ("Retry-After", "7")));
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        await client.ReadChunkTextAsync();
        var fields = Family.Chat.AssertFailure(await client.ReadTextAsync(), code ?? "rate_limit_exceeded", 429);
        Assert.Equal(message, fields.Message);
        Assert.Equal(type ?? fields.Type, fields.Type);
        Assert.Equal(7, fields.Error.GetProperty("retry_after").GetInt32());
    }

    public static TheoryData<string, string> HostileBodies() => new()
    {
        { "application/json", """{"error":{"message":"a\n\ndata: [DONE]\n\nevent: x\ndata: {}\n\n","type":"t\r\n\r\ndata: forged\r\n","code":"c\n\ndata: forged\n\n"}}""" },
        { "application/json", """{"error":{"message":"\u2028\u0085\u0000\ud800 end","type":"t","code":"c"}}""" },
        { "application/json", """{"error":{"message":{"nested":"object"},"type":["list"],"code":{"a":1}}}""" },
        { "application/json", """{"error":"only text\n\ndata: [DONE]\n\n"}""" },
        { "application/json", """{"error":null}""" },
        { "application/json", "[1,2" },
        { "application/json", new string('[', 100_000) },
        { "application/json", """{"error":{"message":"","type":"","code":""}}""" },
        { "text/plain", "boom\n\nevent: error\ndata: {\"error\":{}}\n\ndata: [DONE]\n\n" },
        { "text/html", "<html>\r\rdata: forged\r\r</html>" },
    };

    [Theory]
    [MemberData(nameof(HostileBodies))]
    public async Task HostileErrorText_CannotForgeAFrame(string contentType, string error)
    {
        foreach (var family in Family.All)
        {
            await using var stage = await Stage.StartAsync(Policy, exchange => exchange.AnswerAsync(500, contentType, error));
            await using var client = await stage.AskAsync(family.Path);

            await client.ReadHeadAsync();
            Assert.Equal(family.Primer, await client.ReadChunkTextAsync());
            var body = await client.ReadTextAsync();
            var events = Sse.Parse(body);
            Assert.Equal(family == Family.Gemini ? 1 : 2, events.Count);
            Assert.EndsWith(family.AfterError, body, StringComparison.Ordinal);
            Assert.Equal(family == Family.Gemini ? "message" : "error", events[0].Type);
            Assert.NotEmpty(JsonDocument.Parse(events[0].Data).RootElement.GetProperty("error").GetProperty("message").GetString()!);
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    public async Task MegabyteErrorBody_BringsABoundedFrameWithoutWaitingForItsEnd(string contentType)
    {
        var gate = new Gate();
        await using var stage = await Stage.StartAsync(Policy, async exchange =>
        {
            exchange.SetHead(500, contentType);
            await exchange.WriteAsync("""{"error":{"message":"long""" + new string('x', 1 << 20));
            await gate.WaitAsync(exchange.AbortedToken);
        });
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        await client.ReadChunkTextAsync();
        var body = await client.ReadTextAsync();
        Family.Chat.AssertFailure(body, "server_error", 500);
        Assert.InRange(body.Length, 1, 70_000);
    }

    [Fact]
    public async Task DetailGeneric_HidesTheUpstreamsText()
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" }, "Errors": { "Detail": "Generic" } }""", static exchange => exchange.AnswerAsync(500, "application/json", """{"error":{"message":"secret host db-7","type":"secret_type","code":"secret_code"}}"""));
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        await client.ReadChunkTextAsync();
        var body = await client.ReadTextAsync();
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        Family.Chat.AssertFailure(body, "server_error", 500);
    }

    [Fact]
    public async Task FinishChunk_StandsBetweenErrorAndDone()
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" }, "Errors": { "FinishChunk": true } }""", static exchange => exchange.AnswerAsync(500, "text/plain", "no"));
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        var events = Sse.Parse(await client.ReadTextAsync());
        Assert.Equal(["error", "message", "message"], events.Select(static item => item.Type));
        Assert.Equal("error", JsonDocument.Parse(events[1].Data).RootElement.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("[DONE]", events[2].Data);
    }
}
