using System.Buffers.Text;
using System.Collections.Frozen;
using System.Text;
using EdgeProxy.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Forwarding;

/// <summary>
/// Answers of the common kind: HTTP/1.1, a length, all of the body here already, nothing in the head that is more than a copy. Passed on
/// as YARP's forwarder and its default transforms would. Whatever is not of that kind is refused and left to YARP.
/// </summary>
internal static class PlainAnswer
{
    private static readonly FrozenDictionary<string, bool> Special = HeaderRules.LeavingOut("Connection", "Keep-Alive");

    /// <summary>Copies status and headers into the response. False: it is not of that kind, and the response is untouched.</summary>
    /// <param name="received">All that came.</param>
    /// <param name="head">How long the head is.</param>
    /// <param name="response">The client's.</param>
    /// <param name="length">How long the body is that stands behind the head, and nothing behind it.</param>
    public static bool TryPass(ReadOnlySpan<byte> received, int head, HttpResponse response, out int length)
    {
        length = received.Length - head;
        var lines = received[..head];
        if (!TryReadStatus(ResponseHead.NextLine(ref lines), out var status) || !HasOnlyCopies(lines, length))
        {
            return false;
        }

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

        return true;
    }

    private static bool TryReadStatus(ReadOnlySpan<byte> line, out int status)
    {
        status = 0;
        return line.Length > 13 && line.StartsWith("HTTP/1.1 "u8) && line[12] == ' '
            && Utf8Parser.TryParse(line.Slice(9, 3), out status, out var digits) && digits == 3
            && status is >= 200 and < 600 and not 204 and not 205 and not 304
            && Ascii.Equals(line[13..], ReasonPhrases.GetReasonPhrase(status));
    }

    /// <summary>Whether the headers say that the body is so long, and nothing that would have to be acted upon.</summary>
    private static bool HasOnlyCopies(ReadOnlySpan<byte> lines, int length)
    {
        var hasLength = false;
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
            else if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                if (hasLength || !Utf8Parser.TryParse(value, out int said, out var digits) || digits != value.Length || said != length || value is [(byte)'+', ..])
                {
                    return false;
                }

                hasLength = true;
            }
        }

        return hasLength;
    }
}
