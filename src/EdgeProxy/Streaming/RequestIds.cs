using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Streaming;

/// <summary>The id that ties a request's log line, header and error frame together.</summary>
internal static class RequestIds
{
    /// <summary>The header that carries it, as OpenAI's SDKs read it.</summary>
    public const string HeaderName = "x-request-id";

    private const int MaxLength = 128;

    /// <summary>The caller's own id if it is fit to be repeated in headers and logs, else a new one.</summary>
    public static string From(StringValues header) =>
        IsValid(header) ? header[0]! : New();

    // Unlike any other, but no secret: the operating system is not asked for its randomness with every request.
    private static string New()
    {
        Span<byte> id = stackalloc byte[16];
        Random.Shared.NextBytes(id);
        return Convert.ToHexStringLower(id);
    }

    /// <summary>Whether a header holds one id of 1 to 128 visible ASCII characters.</summary>
    public static bool IsValid(StringValues header)
    {
        if (header.Count != 1 || header[0] is not { Length: > 0 and <= MaxLength } id)
        {
            return false;
        }

        return !id.AsSpan().ContainsAnyExceptInRange('!', '~');
    }
}
