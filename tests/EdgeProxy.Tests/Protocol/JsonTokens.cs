using System.Text;
using System.Text.Json;
using EdgeProxy.Protocol;
using JsonTokenType = EdgeProxy.Protocol.JsonTokenType;

namespace EdgeProxy.Tests.Protocol;

/// <summary>A token as both readers can give it. The value is Latin-1, a character a byte.</summary>
internal readonly record struct JsonToken(JsonTokenType Type, int Depth, string Value, bool IsTruncated);

/// <summary>What a text comes to: its tokens, or that it is no JSON (malformed or cut off).</summary>
internal sealed record JsonVerdict(bool IsWhole, bool IsMalformed, IReadOnlyList<JsonToken> Tokens);

internal static class JsonTokens
{
    /// <summary>Runs the scanner over the text in pieces of the given lengths, then over one space, at which a root number ends.</summary>
    public static JsonVerdict Scan(ReadOnlySpan<byte> text, params ReadOnlySpan<int> pieces)
    {
        var scanner = default(JsonScanner);
        var tokens = new List<JsonToken>();
        foreach (var piece in pieces)
        {
            Read(ref scanner, text[..piece], tokens);
            text = text[piece..];
        }

        Read(ref scanner, text, tokens);
        Read(ref scanner, " "u8, tokens);
        Assert.False(scanner.IsComplete && scanner.IsMalformed);
        return new JsonVerdict(scanner.IsComplete, scanner.IsMalformed, tokens);
    }

    public static JsonVerdict ScanByteByByte(ReadOnlySpan<byte> text)
    {
        var pieces = new int[text.Length];
        Array.Fill(pieces, 1);
        return Scan(text, pieces);
    }

    /// <summary>The framework's reader over the whole text, its values unescaped and cut as the scanner promises.</summary>
    public static JsonVerdict Oracle(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("\uFEFF"u8))
        {
            text = text[3..];
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = JsonScanner.MaxDepth });
        var tokens = new List<JsonToken>();
        try
        {
            while (reader.Read())
            {
                var type = Enum.Parse<JsonTokenType>(reader.TokenType.ToString());
                var value = type switch
                {
                    JsonTokenType.PropertyName or JsonTokenType.String => Unescape(reader.ValueSpan),
                    JsonTokenType.Number => reader.ValueSpan.ToArray(),
                    _ => [],
                };
                var kept = value.AsSpan(0, Math.Min(value.Length, JsonTokenValue.Capacity));
                tokens.Add(new JsonToken(type, reader.CurrentDepth, Encoding.Latin1.GetString(kept), kept.Length < value.Length));
            }

            return new JsonVerdict(true, false, tokens);
        }
        catch (JsonException)
        {
            return new JsonVerdict(false, false, tokens);
        }
    }

    private static void Read(ref JsonScanner scanner, ReadOnlySpan<byte> input, List<JsonToken> tokens)
    {
        var position = 0;
        while (scanner.TryRead(input, ref position))
        {
            tokens.Add(new JsonToken(scanner.TokenType, scanner.Depth, Encoding.Latin1.GetString(scanner.Value), scanner.IsValueTruncated));
        }

        Assert.Equal(JsonTokenType.None, scanner.TokenType);
        Assert.True(scanner.Value.IsEmpty);
        Assert.True(scanner.IsMalformed || position == input.Length);
    }

    // Utf8JsonReader.GetString throws on a lone surrogate, which the scanner takes as U+FFFD; here the UTF-8 encoder does that.
    private static byte[] Unescape(ReadOnlySpan<byte> raw)
    {
        var plain = new MemoryStream();
        var escaped = new StringBuilder();
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '\\')
            {
                i++;
                escaped.Append(raw[i] switch
                {
                    (byte)'u' => (char)Convert.ToUInt16(Encoding.ASCII.GetString(raw.Slice((i += 4) - 3, 4)), 16),
                    (byte)'b' => '\b',
                    (byte)'f' => '\f',
                    (byte)'n' => '\n',
                    (byte)'r' => '\r',
                    (byte)'t' => '\t',
                    var other => (char)other,
                });
                continue;
            }

            Flush(escaped, plain);
            plain.WriteByte(raw[i]);
        }

        Flush(escaped, plain);
        return plain.ToArray();
    }

    private static void Flush(StringBuilder escaped, MemoryStream plain)
    {
        plain.Write(Encoding.UTF8.GetBytes(escaped.ToString()));
        escaped.Clear();
    }
}
