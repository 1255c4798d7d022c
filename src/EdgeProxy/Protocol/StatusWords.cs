using Microsoft.AspNetCore.WebUtilities;

namespace EdgeProxy.Protocol;

/// <summary>
/// What an HTTP error status means in OpenAI's vocabulary, for an upstream that gave no words of its own. Client SDKs rebuild
/// the lost status from these words (notes: AI SDK reads <c>rate_limit</c> as 429, <c>overload</c> as 503, …).
/// </summary>
internal static class StatusWords
{
    /// <summary>The error code for <paramref name="status"/> (400 to 599). A 408 from a backend is a timeout of its own, no fault of the request.</summary>
    public static string Code(int status) => status switch
    {
        401 => "invalid_api_key",
        403 => "permission_denied",
        404 => "model_not_found",
        408 => "server_error",
        429 => "rate_limit_exceeded",
        503 or 529 => "server_overloaded",
        < 500 => "invalid_request_error",
        _ => "server_error",
    };

    /// <summary>The error type for <paramref name="status"/> (400 to 599).</summary>
    public static string Type(int status) => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        408 or 504 => "timeout_error",
        429 => "rate_limit_error",
        503 or 529 => "overloaded_error",
        < 500 => "invalid_request_error",
        _ => "server_error",
    };

    /// <summary>One sentence for a client that tells the status and nothing else.</summary>
    public static string Message(int status)
    {
        var phrase = ReasonPhrases.GetReasonPhrase(status);
        return phrase.Length == 0 ? $"The backend answered {status}." : $"The backend answered {status} {phrase}.";
    }
}
