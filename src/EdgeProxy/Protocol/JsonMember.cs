using System.Buffers;
using System.Diagnostics;

namespace EdgeProxy.Protocol;

/// <summary>Finds where the values of a top-level member stand in a whole JSON text.</summary>
internal static class JsonMember
{
    /// <summary>
    /// All values of the member, in their order, without the white space around them: parsers differ in which of several they take
    /// (RFC 8259 4). Names count unescaped and case-sensitive. Empty: there is none, or
    /// the text is no object.
    /// </summary>
    /// <param name="json">The text, cut anywhere. A byte order mark may stand before it.</param>
    /// <param name="name">The member's name; at most 63 bytes.</param>
    /// <param name="max">How many are looked for; texts with more of them are not searched to their end.</param>
    /// <returns>Null: the text is not whole JSON, opens more than 512 containers, or has more than <paramref name="max"/> of them.</returns>
    public static IReadOnlyList<ByteRange>? Find(in ReadOnlySequence<byte> json, ReadOnlySpan<byte> name, int max)
    {
        Debug.Assert(name.Length < JsonTokenValue.Capacity);
        var found = new List<ByteRange>(1);
        var scanner = default(JsonScanner);
        long before = 0;
        long? start = null;
        foreach (var segment in json)
        {
            var position = 0;
            while (scanner.TryRead(segment.Span, ref position))
            {
                var token = scanner.TokenType;
                if (scanner.Depth != 1 || token is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    continue;
                }

                if (token == JsonTokenType.PropertyName)
                {
                    start = scanner.Value.SequenceEqual(name) ? SkipColon(json, before + position) : null;
                }
                else if (start is { } from)
                {
                    if (found.Count == max)
                    {
                        return null;
                    }

                    found.Add(new ByteRange(from, before + position - from));
                    start = null;
                }
            }

            before += segment.Length;
        }

        return scanner.IsComplete ? found : null;
    }

    /// <summary>Where the value begins. If something else stands between, the scanner will find the text malformed.</summary>
    private static long SkipColon(in ReadOnlySequence<byte> json, long afterName)
    {
        var reader = new SequenceReader<byte>(json.Slice(afterName));
        return afterName + reader.AdvancePastAny(" \t\r\n:"u8);
    }
}
