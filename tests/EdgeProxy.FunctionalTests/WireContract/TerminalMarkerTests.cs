using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.WireContract;

/// <summary>Every stream ends in a way that its client understands: a whole answer or one error frame, then the marker of its dialect, once.</summary>
public sealed class TerminalMarkerTests
{
    private const string Done = Family.Done;
    private const string UsageChunk = """data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"total_tokens":3}}""" + "\n\n";
    private const string ErrorEvent = "event: error\n" + """data: {"error":{"message":"Tool call failed","type":"invalid_request_error","code":"tool_use_failed","status_code":400}}""" + "\n\n";
    private const string ErrorChunk = """data: {"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}""" + "\n\n";

    private static readonly Family Chat = Family.Chat;
    private static readonly string SecondChoice = Chat.Event.Replace("\"index\":0", "\"index\":1", StringComparison.Ordinal);

    /// <summary>Family, terminal mode, what the upstream sends before a clean end, what the client gets after it; null for an error frame after all of it.</summary>
    public static TheoryData<string, string, string, string?> Endings() => new()
    {
        { "OpenAIChat", "Auto", Chat.Event + Chat.Terminal + Done, Chat.Event + Chat.Terminal + Done },
        { "OpenAIChat", "Auto", Chat.Event + Chat.Terminal, Chat.Event + Chat.Terminal + Done },
        { "OpenAIChat", "Auto", Chat.Event + Chat.Terminal + UsageChunk, Chat.Event + Chat.Terminal + UsageChunk + Done },
        { "OpenAIChat", "Auto", Chat.Event + Done, Chat.Event + Done },
        { "OpenAIChat", "Auto", Chat.Event + Done + Done, Chat.Event + Done },
        { "OpenAIChat", "Auto", Chat.Event + Done + Chat.Event + "data: late\n\n", Chat.Event + Done },
        { "OpenAIChat", "Auto", Chat.Event + "data:[DONE]\n\n", Chat.Event + "data:[DONE]\n\n" },
        { "OpenAIChat", "Auto", Chat.Event + "data: [DONE]\r\n\r\n", Chat.Event + "data: [DONE]\r\n\r\n" },
        { "OpenAIChat", "Auto", Chat.Event + "data: [DONE]\r\r", Chat.Event + "data: [DONE]\r\r" },
        { "OpenAIChat", "Auto", Chat.Event + "event: done\ndata: [DONE]\n\n", Chat.Event + "event: done\ndata: [DONE]\n\n" },
        { "OpenAIChat", "Auto", Chat.Event, null },
        { "OpenAIChat", "Auto", Chat.Event + SecondChoice + Chat.Terminal, null },
        { "OpenAIChat", "Auto", Chat.Event.Replace("Hello", "data: [DONE]", StringComparison.Ordinal), null },
        { "OpenAIChat", "Auto", Chat.Event + "data: [DONE] and more\n\n", null },
        { "OpenAIChat", "Auto", Chat.Event + ": [DONE]\n\n", null },
        { "OpenAIChat", "Auto", Chat.Event + ErrorEvent, Chat.Event + ErrorEvent + Done },
        { "OpenAIChat", "Auto", Chat.Event + ErrorChunk, Chat.Event + ErrorChunk + Done },
        { "OpenAIChat", "Auto", Chat.Event + ErrorEvent + Done, Chat.Event + ErrorEvent + Done },
        { "OpenAIChat", "Auto", Chat.Event + ErrorChunk + Done, Chat.Event + ErrorChunk + Done },
        { "OpenAIChat", "None", Chat.Event + Chat.Terminal, Chat.Event + Chat.Terminal },
        { "OpenAIChat", "None", Chat.Event, null },
        { "OpenAIChat", "Done", Chat.Event + Chat.Terminal, Chat.Event + Chat.Terminal + Done },
        { "Generic", "Auto", Family.Generic.Event, Family.Generic.Event },
        { "Generic", "Auto", Family.Generic.Event + Done, Family.Generic.Event + Done },
        { "Generic", "Auto", Family.Generic.Event + Done + Done, Family.Generic.Event + Done },
        { "Generic", "Done", Family.Generic.Event + Done, Family.Generic.Event + Done },
        { "Generic", "Done", Family.Generic.Event, null },
        { "OpenAIResponses", "Auto", Family.Responses.Event + Family.Responses.Terminal, Family.Responses.Event + Family.Responses.Terminal },
        { "OpenAIResponses", "Auto", Family.Responses.Event + Family.Responses.Terminal + Done, Family.Responses.Event + Family.Responses.Terminal + Done },
        { "OpenAIResponses", "Auto", Family.Responses.Terminal.Replace("completed", "incomplete", StringComparison.Ordinal), Family.Responses.Terminal.Replace("completed", "incomplete", StringComparison.Ordinal) },
        { "OpenAIResponses", "Auto", Family.Responses.Terminal.Replace("completed", "failed", StringComparison.Ordinal), Family.Responses.Terminal.Replace("completed", "failed", StringComparison.Ordinal) },
        { "OpenAIResponses", "Auto", Family.Responses.Event, null },
        { "OpenAIResponses", "Done", Family.Responses.Event + Family.Responses.Terminal, Family.Responses.Event + Family.Responses.Terminal + Done },
        { "OpenAIImages", "Auto", Family.Images.Event + Family.Images.Terminal, Family.Images.Event + Family.Images.Terminal },
        { "OpenAIImages", "Auto", Family.Images.Event, null },
        { "OpenAIImages", "Done", Family.Images.Terminal, Family.Images.Terminal + Done },
        { "AnthropicMessages", "Auto", Family.Anthropic.Event + Family.Anthropic.Terminal, Family.Anthropic.Event + Family.Anthropic.Terminal },
        { "AnthropicMessages", "Auto", Family.Anthropic.Event, null },
        { "AnthropicMessages", "Done", Family.Anthropic.Event + Family.Anthropic.Terminal, Family.Anthropic.Event + Family.Anthropic.Terminal + Done },
        { "AnthropicMessages", "None", Family.Anthropic.Event, null },
        { "Gemini", "Auto", Family.Gemini.Event + Family.Gemini.Terminal, Family.Gemini.Event + Family.Gemini.Terminal },
        { "Gemini", "Auto", """data: {"promptFeedback":{"blockReason":"SAFETY"}}""" + "\r\n\r\n", """data: {"promptFeedback":{"blockReason":"SAFETY"}}""" + "\r\n\r\n" },
        { "Gemini", "Auto", Family.Gemini.Event, null },
    };

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task CleanEnd_EachDialectAndMode_EndsAsTheContractSays(string familyName, string mode, string sent, string? expected)
    {
        var family = Family.Named(familyName);
        await using var stage = await Stage.StartAsync($$"""{ "Terminal": "{{mode}}" }""", exchange => exchange.StreamAsync(sent));
        await using var client = await stage.AskAsync(family.Path);

        await client.ReadHeadAsync();
        var body = await client.ReadTextAsync();
        if (expected is not null)
        {
            Assert.Equal(expected, body);
            return;
        }

        Assert.StartsWith(sent, body, StringComparison.Ordinal);
        AssertFailure(family, mode, body[sent.Length..], "stream_incomplete");
    }

    public static TheoryData<string, string> FamiliesAndModes()
    {
        var data = new TheoryData<string, string>();
        foreach (var family in Family.All)
        {
            foreach (var mode in (string[])["Auto", "Done", "None"])
            {
                data.Add(family.Name, mode);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(FamiliesAndModes))]
    public async Task Reset_EachDialectAndMode_BringsTheMarkerOnceOrNotAtAll(string familyName, string mode)
    {
        var family = Family.Named(familyName);
        var gate = new Gate();
        await using var stage = await Stage.StartAsync($$"""{ "Terminal": "{{mode}}" }""", async exchange =>
        {
            await exchange.StreamAsync(family.Event);
            await gate.WaitAsync();
            exchange.Reset();
        });
        await using var client = await stage.AskAsync(family.Path);

        await client.ReadHeadAsync();
        Assert.Equal(family.Event, await client.ReadChunkTextAsync());
        gate.Open();
        AssertFailure(family, mode, await client.ReadTextAsync(), "upstream_disconnected");
    }

    [Theory]
    [MemberData(nameof(FamiliesAndModes))]
    public async Task Reset_AfterTheTerminalSignal_IsAGoodEnd(string familyName, string mode)
    {
        var family = Family.Named(familyName);
        if (family == Family.Generic)
        {
            return;
        }

        var gate = new Gate();
        await using var stage = await Stage.StartAsync($$"""{ "Terminal": "{{mode}}" }""", async exchange =>
        {
            await exchange.StreamAsync(family.Event + family.Terminal);
            await gate.WaitAsync();
            exchange.Reset();
        });
        await using var client = await stage.AskAsync(family.Path);

        await client.ReadHeadAsync();
        Assert.Equal(family.Event + family.Terminal, await client.ReadUntilAsync(family.Terminal));
        gate.Open();
        var marker = mode == "Done" || (mode == "Auto" && family == Family.Chat);
        Assert.Equal(marker ? Done : "", await client.ReadTextAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Done_BackendStaysOpen_ResponseIsClosedRightAfterAndTheBackendLetGo(bool http2)
    {
        await using var stage = await Stage.StartAsync("{}", static async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Answer);
            await exchange.HangAsync();
        }, http2);
        await using var client = await stage.AskAsync();

        await client.ReadHeadAsync();
        Assert.Equal(Family.Chat.Answer, await client.ReadTextAsync());

        // The backend is given a moment to end its answer, so that its connection can be used again.
        var exchange = await stage.Backend.NextAsync();
        await stage.Clock.AdvanceUntilAsync(exchange.Aborted, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task ConnectionAfterAStream_IsFitForTheNextRequest()
    {
        await using var stage = await Stage.StartAsync("{}", static exchange => exchange.StreamAsync(Family.Chat.Event));
        await using var client = await stage.Proxy.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.AskAsync("/v1/chat/completions");
            Assert.Equal(200, (await client.ReadHeadAsync()).Status);
            Assert.EndsWith(Done, await client.ReadTextAsync(), StringComparison.Ordinal);
        }
    }

    private static void AssertFailure(Family family, string mode, string bytes, string code)
    {
        // Terminal: Done asks any dialect for [DONE], Terminal: None none; Auto is the dialect's own way, which AssertFailure knows.
        var (own, asked) = (family.AfterError, mode switch { "Done" => Done, "None" => "", _ => family.AfterError });
        Assert.Equal(asked.Length > 0 ? 1 : 0, bytes.Split("[DONE]").Length - 1);
        family.AssertFailure(bytes[..(bytes.Length - asked.Length)] + own, code, 502);
    }
}
