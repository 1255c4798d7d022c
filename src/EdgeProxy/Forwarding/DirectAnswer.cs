using System.Buffers.Text;
using System.Collections.Frozen;
using System.Text;
using EdgeProxy.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Forwarding;

/// <summary>
/// Answers of the common kind: HTTP/1.1, a length or chunks, nothing in the head that is more than a copy. Passed on as YARP's forwarder
/// and its default transforms would. Whatever is not of that kind is refused and left to YARP.
/// </summary>
internal static class DirectAnswer
{
    private static readonly FrozenDictionary<string, bool> Special = HeaderRules.LeavingOut("Connection", "Keep-Alive", "Transfer-Encoding");

    /// <summary>Copies status and headers into the response. False: it is not of that kind, and the response is untouched.</summary>
    /// <param name="head">The head, its empty line included.</param>
    /// <param name="response">Gets them.</param>
    /// <param name="framing">How the body ends.</param>
    /// <param name="length">How long the body is, where that is its framing.</param>
    public static bool TryPassHead(ReadOnlySpan<byte> head, HttpResponse response, out BodyFraming framing, out long length)
    {
        var isCommon = TryRead(ref head, out var status, out framing, out length);
        if (isCommon)
        {
            Copy(head, status, response);
        }

        return isCommon;
    }

    /// <summary>The same of an answer whose body has to be all here.</summary>
    /// <param name="received">All that came.</param>
    /// <param name="head">How long the head is.</param>
    /// <param name="response">Gets status and headers.</param>
    /// <param name="length">How long the body is that stands behind the head, and nothing behind it.</param>
    public static bool TryPassWhole(ReadOnlySpan<byte> received, int head, HttpResponse response, out int length)
    {
        var lines = received[..head];
        length = received.Length - head;
        var isWhole = TryRead(ref lines, out var status, out var framing, out var said) && framing != BodyFraming.Chunked && said == length;
        if (isWhole)
        {
            Copy(lines, status, response);
        }

        return isWhole;
    }

    private static void Copy(ReadOnlySpan<byte> lines, int status, HttpResponse response)
    {
        response.StatusCode = status;
        var headers = response.Headers;
        while (ResponseHead.NextLine(ref lines) is { IsEmpty: false } line)
        {
            var name = ResponseHead.Split(line, out var value)!;
            if (!Special.ContainsKey(name))
            {
                // Not Append, which leaves out empty values.
                var text = Encoding.ASCII.GetString(value);
                headers[name] = headers.TryGetValue(name, out var others) ? StringValues.Concat(others, text) : text;
            }
        }
    }

    /// <summary>Whether it is of that kind; takes the status line off.</summary>
    private static bool TryRead(ref ReadOnlySpan<byte> head, out int status, out BodyFraming framing, out long length)
    {
        (framing, length) = (BodyFraming.Close, 0);
        return TryReadStatus(ResponseHead.NextLine(ref head), out status) && TryReadHeaders(head, out framing, out length);
    }

    private static bool TryReadStatus(ReadOnlySpan<byte> line, out int status)
    {
        status = 0;
        return line.Length > 13 && line.StartsWith("HTTP/1.1 "u8) && line[12] == ' '
            && Utf8Parser.TryParse(line.Slice(9, 3), out status, out var digits) && digits == 3
            && status is >= 200 and < 600 and not 204 and not 205 and not 304
            && Ascii.Equals(line[13..], ReasonPhrases.GetReasonPhrase(status));
    }

    /// <summary>Whether the headers name one framing, and nothing else that would have to be acted upon.</summary>
    private static bool TryReadHeaders(ReadOnlySpan<byte> lines, out BodyFraming framing, out long length)
    {
        (framing, length) = (BodyFraming.Close, 0);
        while (ResponseHead.NextLine(ref lines) is { IsEmpty: false } line)
        {
            var name = ResponseHead.Split(line, out var value);
            var isLeftOut = false;
            if (name is null || value.ContainsAnyExceptInRange((byte)' ', (byte)'~') || (Special.TryGetValue(name, out isLeftOut) && !isLeftOut))
            {
                return false;
            }

            if (isLeftOut && name.Equals("Connection", StringComparison.OrdinalIgnoreCase))
            {
                // "close", or the names of further headers.
                if (!Ascii.EqualsIgnoreCase(value, "keep-alive"u8))
                {
                    return false;
                }
            }
            else if (isLeftOut && name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                if (framing != BodyFraming.Close || !Ascii.EqualsIgnoreCase(value, "chunked"u8))
                {
                    return false;
                }

                framing = BodyFraming.Chunked;
            }
            else if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                if (framing != BodyFraming.Close || value is not [>= (byte)'0' and <= (byte)'9', ..] || !Utf8Parser.TryParse(value, out length, out var digits) || digits != value.Length)
                {
                    return false;
                }

                framing = length == 0 ? BodyFraming.None : BodyFraming.Length;
            }
        }

        return framing != BodyFraming.Close;
    }
}
