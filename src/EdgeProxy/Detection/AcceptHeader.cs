using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Detection;

/// <summary>What an <c>Accept</c> header (RFC 9110 12.5.1) says about event streams and JSON.</summary>
internal static class AcceptHeader
{
    private const string EventStream = "text/event-stream";
    private const string Json = "application/json";

    /// <summary>
    /// The wish of a client that says nothing else: events and no JSON is a stream, both leaves it to the answer (MCP). Ranges
    /// (<c>*/*</c>) name neither; a weight of zero means "not acceptable".
    /// </summary>
    public static StreamWish Wish(StringValues accept)
    {
        bool events = false, json = false;
        foreach (var line in accept)
        {
            // The framework's list parser tries a broken element again from each of its characters on, so that it finds media
            // types inside other text, in quadratic time. One element at a time does neither.
            for (var rest = line.AsSpan(); !rest.IsEmpty;)
            {
                var length = ElementLength(rest);
                var element = rest[..length].Trim();
                events = events || Names(element, EventStream);
                json = json || Names(element, Json);
                rest = rest[Math.Min(length + 1, rest.Length)..];
            }
        }

        return (events, json) switch
        {
            (true, false) => StreamWish.Stream,
            (true, true) => StreamWish.DecidedByAnswer,
            _ => StreamWish.NotAStream,
        };
    }

    private static bool Names(ReadOnlySpan<char> element, string mediaType)
    {
        var parameters = element.IndexOf(';');
        var name = parameters < 0 ? element : element[..parameters].TrimEnd();
        return name.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
            && (parameters < 0 || !(MediaTypeHeaderValue.TryParse(element.ToString(), out var parsed) && parsed.Quality is 0));
    }

    /// <summary>Up to the next comma outside a quoted string.</summary>
    private static int ElementLength(ReadOnlySpan<char> list)
    {
        var quoted = false;
        for (var i = 0; i < list.Length; i++)
        {
            switch (list[i])
            {
                case '"':
                    quoted = !quoted;
                    break;
                case '\\' when quoted:
                    i++;
                    break;
                case ',' when !quoted:
                    return i;
            }
        }

        return list.Length;
    }
}
