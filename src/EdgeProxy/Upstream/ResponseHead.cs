using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace EdgeProxy.Upstream;

/// <summary>How a response's body ends (RFC 9112 section 6.3).</summary>
internal enum BodyFraming
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>After the bytes that Content-Length names.</summary>
    Length,

    /// <summary>With the last chunk.</summary>
    Chunked,

    /// <summary>With the connection.</summary>
    Close,
}

/// <summary>Reads the head of an HTTP/1.1 response (RFC 9112 sections 4 to 6).</summary>
internal static class ResponseHead
{
    /// <summary>The longest head, in bytes; the framework's own default.</summary>
    public const int MaxBytes = 64 * 1024;

    // Headers that the framework keeps with the content: RFC 9110 section 8 and their like.
    private static readonly SearchValues<string> OfContent = SearchValues.Create(
        ["Allow", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Location", "Content-MD5", "Content-Range", "Content-Type", "Expires", "Last-Modified"],
        StringComparison.OrdinalIgnoreCase);

    // Fields that frame, route, or describe what was already handled: RFC 9110 section 6.5.1 keeps them out of trailers.
    private static readonly SearchValues<string> NotOfTrailers = SearchValues.Create(
        [
            "Age", "Authorization", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Range", "Content-Type", "Date", "Expect", "Expires", "Host",
            "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive", "Location", "Max-Forwards", "Pragma", "Proxy-Authenticate",
            "Proxy-Authorization", "Range", "Retry-After", "Set-Cookie", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Vary", "Warning", "WWW-Authenticate",
        ],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>How long the head is, its empty line included; 0 while it is not whole.</summary>
    public static int Length(ReadOnlySpan<byte> bytes)
    {
        var at = bytes.IndexOf("\n\r\n"u8);
        var bare = bytes.IndexOf("\n\n"u8);
        return bare >= 0 && (at < 0 || bare < at) ? bare + 2 : at >= 0 ? at + 3 : 0;
    }

    /// <summary>Reads a whole head into a response.</summary>
    /// <param name="head">The head, its empty line included.</param>
    /// <param name="response">Gets status, version and headers. Its content must be there already.</param>
    /// <param name="noBody">Whether the request was a HEAD.</param>
    /// <param name="length">What Content-Length says, where the framing is that.</param>
    /// <param name="keepsAlive">Whether the server lets the connection live.</param>
    /// <exception cref="HttpRequestException">This is no HTTP/1.x response, or its framing is ambiguous.</exception>
    public static BodyFraming Read(ReadOnlySpan<byte> head, HttpResponseMessage response, bool noBody, out long length, out bool keepsAlive)
    {
        var line = NextLine(ref head);
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[8] != ' ' || line[7] is not ((byte)'0' or (byte)'1')
            || !int.TryParse(line.Slice(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status) || status < 100 || (line.Length > 12 && line[12] != ' '))
        {
            throw Invalid("its first line is no status line of HTTP/1.1");
        }

        if (line.IndexOfAny((byte)'\r', (byte)0) >= 0)
        {
            throw Invalid("its first line has a carriage return or a NUL");
        }

        response.Version = line[7] == '1' ? HttpVersion.Version11 : HttpVersion.Version10;
        response.StatusCode = (HttpStatusCode)status;
        response.ReasonPhrase = line.Length > 13 ? Encoding.Latin1.GetString(line[13..]) : "";
        length = -1;
        keepsAlive = line[7] == '1';
        var isChunked = false;
        while (NextLine(ref head) is { IsEmpty: false } header)
        {
            var (name, value) = Header(header);
            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || (length >= 0 && length != bytes))
                {
                    throw Invalid("its Content-Length is no number or two of them differ");
                }

                if (length >= 0)
                {
                    // Said once more: RFC 9110 section 8.6 lets one of them stand for both.
                    continue;
                }

                length = bytes;
            }
            else if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                // "identity" is what old servers say for none. No other coding was asked for (RFC 9110 section 10.1.4), and none can be undone here.
                if (!value.Equals("identity", StringComparison.OrdinalIgnoreCase))
                {
                    isChunked = !isChunked && value.Equals("chunked", StringComparison.OrdinalIgnoreCase) ? true : throw Invalid("its Transfer-Encoding is not just chunked");
                }
            }
            else if (name.Equals("Connection", StringComparison.OrdinalIgnoreCase) && value.Contains("close", StringComparison.OrdinalIgnoreCase))
            {
                keepsAlive = false;
            }

            Add(response, name, value);
        }

        var hasNoBody = noBody || status is < 200 or 204 or 304;
        if (isChunked && !hasNoBody)
        {
            // Both headers may be an attempt at smuggling: RFC 9112 section 6.3 lets the coding count and the connection go.
            keepsAlive &= length < 0;
            length = -1;
            response.Content.Headers.Remove("Content-Length");
        }

        var framing = hasNoBody || length == 0 ? BodyFraming.None : isChunked ? BodyFraming.Chunked : length > 0 ? BodyFraming.Length : BodyFraming.Close;
        keepsAlive &= framing != BodyFraming.Close;
        return framing;
    }

    /// <summary>Reads trailer lines; fields that do not belong there are left out.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="response">Gets them; null if nobody does.</param>
    /// <exception cref="HttpRequestException">One of the lines is no field.</exception>
    public static void ReadTrailers(ReadOnlySpan<byte> lines, HttpResponseMessage? response)
    {
        while (!lines.IsEmpty)
        {
            var line = NextLine(ref lines);
            var (name, value) = Header(line);
            if (!NotOfTrailers.Contains(name))
            {
                response?.TrailingHeaders.TryAddWithoutValidation(name, value);
            }
        }
    }

    private static void Add(HttpResponseMessage response, string name, string value)
    {
        if (OfContent.Contains(name))
        {
            response.Content.Headers.TryAddWithoutValidation(name, value);
        }
        else
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>Takes a line off the front; empty is the head's end.</summary>
    public static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n');
        var line = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return line is [.., (byte)'\r'] ? line[..^1] : line;
    }

    /// <summary>The name and the value of a header line; null if it is none. The value may have a carriage return or a NUL in it.</summary>
    public static string? Split(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> value)
    {
        var colon = line.IndexOf((byte)':');
        value = line[(colon + 1)..].Trim(" \t"u8);

        // RFC 9112 section 5.1: a proxy takes spaces before the colon away.
        return colon > 0 ? HeaderNames.Find(line[..colon].TrimEnd(" \t"u8)) : null;
    }

    private static (string Name, string Value) Header(ReadOnlySpan<byte> line)
    {
        var name = Split(line, out var value) ?? throw Invalid("a line of its head is no header");
        if (value.IndexOfAny((byte)'\r', (byte)0) >= 0)
        {
            throw Invalid("a header's value has a carriage return or a NUL");
        }

        return (name, Encoding.Latin1.GetString(value));
    }

    private static HttpRequestException Invalid(string why) => new(HttpRequestError.InvalidResponse, $"The response is not valid: {why}.");
}
