using System.Collections.Frozen;

namespace EdgeProxy.Protocol;

/// <summary>What the well-known codes, types and sentences in providers' errors mean. Case does not matter.</summary>
internal static class UpstreamErrorWords
{
    /// <summary>
    /// The HTTP status that a word stands for. Sources: Anthropic's API errors (docs.claude.com); OpenAI's error codes and the Responses API's
    /// <c>ResponseErrorCode</c>; google/rpc/code.proto; Mistral's and TGI's error bodies; our own codes, for a proxy behind a proxy.
    /// </summary>
    private static readonly FrozenDictionary<string, int> Statuses = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        // Anthropic
        ["invalid_request_error"] = 400,
        ["authentication_error"] = 401,
        ["billing_error"] = 402,
        ["permission_error"] = 403,
        ["not_found_error"] = 404,
        ["conflict_error"] = 409,
        ["request_too_large"] = 413,
        ["rate_limit_error"] = 429,
        ["api_error"] = 500,
        ["timeout_error"] = 504,
        ["overloaded_error"] = 529,

        // OpenAI, Azure
        ["context_length_exceeded"] = 400,
        ["content_filter"] = 400,
        ["contentFilter"] = 400,
        ["ResponsibleAIPolicyViolation"] = 400,
        ["content_policy_violation"] = 400,
        ["image_content_policy_violation"] = 400,
        ["moderation_blocked"] = 400,
        ["invalid_prompt"] = 400,
        ["invalid_api_key"] = 401,
        ["permission_denied"] = 403, // and Google
        ["model_not_found"] = 404,
        ["rate_limit_exceeded"] = 429,
        ["insufficient_quota"] = 429,
        ["server_error"] = 500,
        ["server_is_overloaded"] = 503,
        ["server_overloaded"] = 503,
        ["slow_down"] = 503,
        ["vector_store_timeout"] = 504,

        // Google
        ["INVALID_ARGUMENT"] = 400,
        ["FAILED_PRECONDITION"] = 400,
        ["OUT_OF_RANGE"] = 400,
        ["UNAUTHENTICATED"] = 401,
        ["NOT_FOUND"] = 404,
        ["ALREADY_EXISTS"] = 409,
        ["ABORTED"] = 409,
        ["RESOURCE_EXHAUSTED"] = 429,
        ["CANCELLED"] = 499,
        ["UNKNOWN"] = 500,
        ["INTERNAL"] = 500,
        ["DATA_LOSS"] = 500,
        ["UNIMPLEMENTED"] = 501,
        ["UNAVAILABLE"] = 503,
        ["DEADLINE_EXCEEDED"] = 504,

        // Mistral, llama.cpp, TGI
        ["rate_limited"] = 429,
        ["service_tier_capacity_exceeded"] = 429,
        [LlamaContextLength] = 400,
        ["validation"] = 422,
        ["overloaded"] = 503,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Refusals of the content itself: OpenAI and Azure (chat, images, Responses), and Azure's inner code, which stands alone where the
    /// outer one is missing or a number.
    /// </summary>
    private static readonly FrozenSet<string> ContentPolicy = new[]
    {
        "content_filter", "contentFilter", "content_policy_violation", "image_content_policy_violation", "moderation_blocked",
        "ResponsibleAIPolicyViolation",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>How those who give no code of their own say that the request does not fit the model's context.</summary>
    private static readonly string[] ContextLengthPhrases =
    [
        "maximum context length",                       // OpenAI, Azure, DeepSeek, vLLM: "This model's maximum context length is 8192 tokens"
        "prompt is too long",                           // Anthropic: "prompt is too long: 208310 tokens > 200000 maximum"
        "exceed context limit",                         // Anthropic: "input length and `max_tokens` exceed context limit: …"
        "exceeds the maximum number of tokens allowed", // Gemini: "The input token count (…) exceeds the maximum number of tokens allowed (…)"
    ];

    /// <summary>llama.cpp's type of the error that others give the code <c>context_length_exceeded</c>.</summary>
    private const string LlamaContextLength = "exceed_context_size_error";

    /// <summary>The HTTP status that a code, type or Google status word stands for; 0 for a word that is not known.</summary>
    public static int Status(string? word) => word is null ? 0 : Statuses.GetValueOrDefault(word);

    /// <summary>Whether the upstream refused the content of the request or of its answer.</summary>
    public static bool IsContentPolicy(string? code, string? type) => IsIn(ContentPolicy, code) || IsIn(ContentPolicy, type);

    /// <summary>Whether the request is too long for the model, so that another model may take it.</summary>
    public static bool IsContextLength(string? code, string? type, string? message) =>
        string.Equals(code, "context_length_exceeded", StringComparison.OrdinalIgnoreCase)
        || string.Equals(type, LlamaContextLength, StringComparison.OrdinalIgnoreCase)
        || (message is not null && ContextLengthPhrases.Any(phrase => message.Contains(phrase, StringComparison.OrdinalIgnoreCase)));

    private static bool IsIn(FrozenSet<string> words, string? word) => word is not null && words.Contains(word);
}
