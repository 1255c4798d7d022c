using System.Text.Json;

namespace EdgeProxy.Protocol;

/// <summary>
/// What an error's JSON tells of the HTTP answer that it stands for. Looked for in the <c>error</c> object first, then beside it: flat shapes
/// have everything at the top.
/// </summary>
internal static class UpstreamErrorHints
{
    /// <summary>
    /// A status as a number: <c>code</c> (Gemini, vLLM, OpenRouter), <c>status_code</c> (Groq), <c>status</c> (Azure, ours), <c>http_code</c>,
    /// <c>raw_status_code</c> (Mistral).
    /// </summary>
    private static readonly string[] StatusNumbers = ["code", "status_code", "status", "http_code", "raw_status_code"];

    /// <summary>A status in a word, the finest first: <c>status</c> is Google's, <c>error_type</c> TGI's.</summary>
    private static readonly string[] StatusNames = ["code", "type", "status", "error_type"];

    /// <summary><c>retry_after</c> is ours and others'; OmniRoute spells the unit out.</summary>
    private static readonly string[] RetryAfterNames = ["retry_after", "retry_after_seconds"];

    /// <summary>The status, 400 to 599: a number before a well-known word (<see cref="UpstreamErrorWords.Status"/>); 0 if neither is there.</summary>
    public static int Status(JsonElement root)
    {
        var error = ErrorOf(root);
        var status = NumberIn(error);
        status = status == 0 ? NumberIn(root) : status;
        status = status == 0 ? WordIn(error) : status;
        return status == 0 ? WordIn(root) : status;
    }

    /// <summary>How long the upstream asks to be left alone: a member in seconds, Google's <c>RetryInfo</c>, or our own Gemini shape. Null if it does not.</summary>
    public static TimeSpan? RetryAfter(JsonElement root)
    {
        var error = ErrorOf(root);
        return SecondsIn(error) ?? SecondsIn(root) ?? DetailsIn(error);
    }

    /// <summary>Whether a client takes an event with this data for an error: <c>error</c> that says anything, or <c>"type":"error"</c>.</summary>
    public static bool IsErrorEvent(JsonElement root)
    {
        var hasError = root.TryGetProperty("error", out var error) && error.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.False => false,
            JsonValueKind.String => !error.ValueEquals(""),
            _ => true,
        };
        return hasError || UpstreamErrorBody.Word(root, "type") == "error";
    }

    private static JsonElement ErrorOf(JsonElement root) =>
        root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object ? error : root;

    private static int NumberIn(JsonElement element)
    {
        foreach (var name in StatusNumbers)
        {
            // Azure and LiteLLM write the number as a string.
            if (element.TryGetProperty(name, out var value)
                && value.ValueKind is JsonValueKind.Number or JsonValueKind.String
                && int.TryParse(value.ToString(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var status)
                && status is >= 400 and <= 599)
            {
                return status;
            }
        }

        return 0;
    }

    private static int WordIn(JsonElement element)
    {
        foreach (var name in StatusNames)
        {
            if (UpstreamErrorWords.Status(UpstreamErrorBody.Word(element, name)) is > 0 and var status)
            {
                return status;
            }
        }

        return 0;
    }

    private static TimeSpan? SecondsIn(JsonElement element)
    {
        foreach (var name in RetryAfterNames)
        {
            if (element.TryGetProperty(name, out var value) && Seconds(value) is { } wait)
            {
                return wait;
            }
        }

        return null;
    }

    /// <summary><c>google.rpc.RetryInfo</c> (<c>"retryDelay":"34s"</c>), or the metadata of our own <c>ErrorInfo</c>.</summary>
    private static TimeSpan? DetailsIn(JsonElement error)
    {
        if (!error.TryGetProperty("details", out var details) || details.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (var detail in details.EnumerateArray().Where(detail => detail.ValueKind == JsonValueKind.Object))
        {
            if (UpstreamErrorBody.Word(detail, "retryDelay") is { } delay && delay.EndsWith('s') && Protocol.RetryAfter.ParseSeconds(delay[..^1]) is { } wait)
            {
                return wait;
            }

            if (detail.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object && SecondsIn(metadata) is { } own)
            {
                return own;
            }
        }

        return null;
    }

    private static TimeSpan? Seconds(JsonElement value) =>
        value.ValueKind is JsonValueKind.Number or JsonValueKind.String ? Protocol.RetryAfter.ParseSeconds(value.ToString()) : null;
}
