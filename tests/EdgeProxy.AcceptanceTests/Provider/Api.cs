using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Provider;

/// <summary>One streaming API of a provider: its recorded good answer, its own ways to fail, and what EdgeProxy may add to it.</summary>
internal sealed partial class Api
{
    /// <summary>The message of the provider's rate limit error.</summary>
    public const string RateLimitMessage = "Rate limit reached for this model: try again in 7 s.";

    /// <summary>OpenAI chat completions.</summary>
    public static readonly Api Chat = new("openai-chat-1.sse", "/chat/completions",
        static data => Member(data, "choices", 0, "delta", "content"))
    {
        RateLimit = OpenAIRateLimit,
        ErrorEvent = $"event: error\ndata: {OpenAIRateLimit}\n\ndata: [DONE]\n\n",
        Primer = ": edgeproxy\n\n",
        KeepAlive = ": keep-alive\n\n",
    };

    /// <summary>OpenAI Responses.</summary>
    public static readonly Api Responses = new("openai-responses-1.sse", "/responses",
        static data => data.GetProperty("type").ValueEquals("response.output_text.delta") ? Member(data, "delta") : "")
    {
        RateLimit = OpenAIRateLimit,
        ErrorEvent = ResponsesErrorEvent,
        AfterErrorEvent = "data: [DONE]\n\n",
        Primer = ": edgeproxy\n\n",
        KeepAlive = ": keep-alive\n\n",
    };

    /// <summary>OpenAI images.</summary>
    public static readonly Api Images = new("synthetic-openai-images-1.sse", "/images/generations",
        static data => $"{Member(data, "type")}:{Member(data, "b64_json").Length}\n")
    {
        RateLimit = OpenAIRateLimit,
        ErrorEvent = ResponsesErrorEvent,
        AfterErrorEvent = "data: [DONE]\n\n",
        Primer = ": edgeproxy\n\n",
        KeepAlive = ": keep-alive\n\n",
    };

    /// <summary>Anthropic messages.</summary>
    public static readonly Api Messages = new("anthropic-messages-1.sse", "/messages",
        static data => Member(data, "delta", "text"))
    {
        RateLimit = AnthropicRateLimit,
        ErrorEvent = $"event: error\ndata: {AnthropicRateLimit}\n\n",
        AfterErrorEvent = "data: [DONE]\n\n",
        Primer = ": edgeproxy\n\n",
        KeepAlive = "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    };

    /// <summary>Gemini's <c>streamGenerateContent</c>.</summary>
    public static readonly Api Gemini = new("gemini-streamGenerateContent-2.sse", ":streamGenerateContent",
        static data => Member(data, "candidates", 0, "content", "parts", 0, "text"))
    {
        RateLimit = GoogleRateLimit,
        ErrorEvent = $"data: {GoogleRateLimit}\r\n\r\n",
        Primer = "",
        KeepAlive = "\r\n\r\n",
    };

    private const string OpenAIRateLimit =
        $$$"""{"error":{"message":"{{{RateLimitMessage}}}","type":"requests","param":null,"code":"rate_limit_exceeded"}}""";

    private const string AnthropicRateLimit =
        $$$"""{"type":"error","error":{"type":"rate_limit_error","message":"{{{RateLimitMessage}}}"},"request_id":"req_provider"}""";

    private const string GoogleRateLimit =
        $$$"""{"error":{"code":429,"message":"{{{RateLimitMessage}}}","status":"RESOURCE_EXHAUSTED"}}""";

    private const string ResponsesErrorEvent =
        $$$"""
        event: error
        data: {"type":"error","code":"rate_limit_exceeded","message":"{{{RateLimitMessage}}}","param":null,"sequence_number":0,"error":{"message":"{{{RateLimitMessage}}}","type":"requests","param":null,"code":"rate_limit_exceeded"}}


        """;

    private readonly string _pathEnd;
    private readonly Func<JsonElement, string> _textOf;

    private Api(string recording, string pathEnd, Func<JsonElement, string> textOf)
    {
        _pathEnd = pathEnd;
        _textOf = textOf;
        var text = Encoding.UTF8.GetString(Recordings.Get(recording).Bytes);
        Events = [.. EventPattern().Matches(text).Select(static match => match.Value)];
    }

    /// <summary>All APIs.</summary>
    public static IEnumerable<Api> All => [Chat, Responses, Images, Messages, Gemini];

    /// <summary>The recorded answer, event by event, each with its closing blank line.</summary>
    public string[] Events { get; }

    /// <summary>What comes before the pause or the fault in the middle.</summary>
    public string FirstHalf => string.Concat(Events[..FirstHalfEvents]);

    /// <summary>What comes after it.</summary>
    public string SecondHalf => string.Concat(Events[FirstHalfEvents..]);

    /// <summary>The JSON body of the provider's 429.</summary>
    public required string RateLimit { get; init; }

    /// <summary>How the provider itself says it within a stream.</summary>
    public required string ErrorEvent { get; init; }

    /// <summary>What EdgeProxy adds to that: <c>[DONE]</c>, where it has not come and a client may see it.</summary>
    public string AfterErrorEvent { get; init; } = "";

    /// <summary>The first bytes that EdgeProxy writes.</summary>
    public required string Primer { get; init; }

    /// <summary>The bytes that EdgeProxy writes into silence.</summary>
    public required string KeepAlive { get; init; }

    /// <summary>The text of the whole answer, as a client puts it together.</summary>
    public string Text => TextOf(FirstHalf + SecondHalf);

    /// <summary>The text of the first half.</summary>
    public string FirstHalfText => TextOf(FirstHalf);

    private int FirstHalfEvents => (Events.Length + 1) / 2;

    /// <summary>The API that a request's path names.</summary>
    public static Api Of(string path) => All.Single(api => path.EndsWith(api._pathEnd, StringComparison.Ordinal));

    private static string Member(JsonElement element, params object[] path)
    {
        foreach (var step in path)
        {
            var found = step is int index
                ? element.GetArrayLength() > index && (element = element[index]).ValueKind != JsonValueKind.Undefined
                : element.TryGetProperty((string)step, out element);
            if (!found)
            {
                return "";
            }
        }

        return element.GetString() ?? "";
    }

    private string TextOf(string stream) => string.Concat(Sse.Parse(stream)
        .Where(static item => item.Data != "[DONE]")
        .Select(item => JsonDocument.Parse(item.Data).RootElement)
        .Select(_textOf));

    [GeneratedRegex(@".+?(\r\n\r\n|\n\n)", RegexOptions.Singleline)]
    private static partial Regex EventPattern();
}
