using System.Buffers;
using System.Net.Http.Headers;
using System.Text;

namespace EdgeProxy.Upstream;

/// <summary>Writes the head of an HTTP/1.1 request (RFC 9112 sections 2 to 6).</summary>
internal static class RequestHead
{
    // What would end the request line's part or the line itself.
    private static readonly SearchValues<char> NotInTarget = SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(static code => (char)code), '\x7f']);

    // What would end a header's line, and NUL: RFC 9110 section 5.5.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\r\n\0");

    /// <summary>Writes request line, headers and the empty line.</summary>
    /// <returns>Whether the body that follows is chunked: no length was given.</returns>
    /// <exception cref="HttpRequestException">A header would break the head.</exception>
    /// <param name="head">Where to.</param>
    /// <param name="request">What.</param>
    /// <param name="authority">Its destination's, for the <c>Host</c> of a request that brings none.</param>
    public static bool Write(ref ByteBuffer head, HttpRequestMessage request, string authority)
    {
        // Methods are told apart by case, but the framework's own are not: a "head" that is sent as such would be answered with a body.
        Ascii(ref head, HttpMethod.Parse(request.Method.Method).Method);
        head.Write(" "u8);
        var target = HttpUrl.PathAndQuery(request.RequestUri!);
        if (target.IndexOfAny(NotInTarget) >= 0)
        {
            throw new HttpRequestException("A request's target has a space or a control character.");
        }

        Ascii(ref head, target);
        head.Write(" HTTP/1.1\r\nHost: "u8);
        Latin1(ref head, request.Headers.Host ?? authority);
        head.Write("\r\n"u8);
        Headers(ref head, request.Headers.NonValidated);
        var isChunked = false;
        if (request.Content is { } content)
        {
            // Asked first: the framework computes a length that is known and adds the header.
            isChunked = content.Headers.ContentLength is null;
            Headers(ref head, content.Headers.NonValidated, isChunked);
            if (isChunked)
            {
                head.Write("Transfer-Encoding: chunked\r\n"u8);
            }
        }
        else if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head && request.Method != HttpMethod.Delete && request.Method != HttpMethod.Options)
        {
            // RFC 9110 section 8.6: methods that anticipate content say that there is none; of unknown ones the framework thinks so too.
            head.Write("Content-Length: 0\r\n"u8);
        }

        head.Write("\r\n"u8);
        return isChunked;
    }

    /// <summary>Writes the request line and <c>Host</c>. False: something in them would break the head.</summary>
    /// <param name="head">Where to.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="authority">The destination's.</param>
    public static bool TryBegin(ref ByteBuffer head, string method, ReadOnlySpan<char> target, string authority)
    {
        if (target.IndexOfAny(NotInTarget) >= 0 || !TryAscii(ref head, HttpMethod.Parse(method).Method))
        {
            return false;
        }

        head.Write(" "u8);
        if (!TryAscii(ref head, target))
        {
            return false;
        }

        head.Write(" HTTP/1.1\r\n"u8);
        return TryAdd(ref head, "Host", authority);
    }

    /// <summary>Writes a header. False: it would break the head.</summary>
    public static bool TryAdd(ref ByteBuffer head, string name, string value)
    {
        if (!TryAscii(ref head, name))
        {
            return false;
        }

        head.Write(": "u8);
        if (!TryLatin1(ref head, value))
        {
            return false;
        }

        head.Write("\r\n"u8);
        return true;
    }

    private static void Headers(ref ByteBuffer head, HttpHeadersNonValidated headers, bool isChunked = false)
    {
        foreach (var (name, values) in headers)
        {
            // Host stands first; the framing is decided by the content, and a length that is no number must not stand beside the coding.
            if (name.Equals("Host", StringComparison.OrdinalIgnoreCase) || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
                || (isChunked && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            Ascii(ref head, name);
            head.Write(": "u8);
            var isFirst = true;
            foreach (var value in values)
            {
                if (!isFirst)
                {
                    // RFC 9110 section 5.3; Cookie alone is joined otherwise, and User-Agent's parts by a space.
                    head.Write(name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? "; "u8 : name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase) ? " "u8 : ", "u8);
                }

                isFirst = false;
                Latin1(ref head, value);
            }

            head.Write("\r\n"u8);
        }
    }

    private static void Ascii(ref ByteBuffer head, ReadOnlySpan<char> text)
    {
        if (!TryAscii(ref head, text))
        {
            throw new HttpRequestException("A request's line or header name has a character that cannot be sent.");
        }
    }

    private static void Latin1(ref ByteBuffer head, string text)
    {
        if (!TryLatin1(ref head, text))
        {
            throw new HttpRequestException("A header's value has a line end or a NUL.");
        }
    }

    private static bool TryAscii(ref ByteBuffer head, ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny(Forbidden) >= 0 || System.Text.Ascii.FromUtf16(text, head.GetSpan(text.Length), out _) != OperationStatus.Done)
        {
            return false;
        }

        head.Advance(text.Length);
        return true;
    }

    private static bool TryLatin1(ref ByteBuffer head, string text)
    {
        if (text.AsSpan().IndexOfAny(Forbidden) >= 0)
        {
            return false;
        }

        head.Advance(Encoding.Latin1.GetBytes(text, head.GetSpan(text.Length)));
        return true;
    }
}
