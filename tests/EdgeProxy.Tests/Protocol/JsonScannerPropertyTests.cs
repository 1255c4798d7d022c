using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Protocol;

/// <summary>Generated JSON, and generated JSON with damage, against <see cref="System.Text.Json.Utf8JsonReader"/>, in pieces of any length.</summary>
public sealed class JsonScannerPropertyTests
{
    private static readonly string[] Snippets =
    [
        "a", "stream", "model", "é", "€", "😀", "\u2028", "\u007F", "/", "{", "}", "[", "]", ":", ",", " ", "0", "'",
        "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\u0041", "\\u00e9", "\\u20AC", "\\uD83D\\uDE00", "\\ud83d", "\\uDE00", "\\uFFFF",
        "0123456789abcdef0123456789abcdef", "\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9",
    ];

    private static readonly string[] Damage =
    [
        "", "\"", "\\", "\\u", "\\x", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", "+", "t", "null", " ", "\n", "\0", "\u001F", "\u00A0", "\uFEFF", "//", "'",
    ];

    private static Gen<string> Space => Gen.Frequency(
        (6, Gen.Constant("")),
        (2, Gen.Constant(" ")),
        (1, Gen.Elements("\n", "\r\n", "\t", "  \r \n\t ")));

    private static Gen<string> Text => Gen.Elements(Snippets).ListOf().Select(parts => "\"" + string.Concat(parts) + "\"");

    private static Gen<string> Number =>
        from sign in Gen.Elements("", "-")
        from whole in Gen.Frequency((1, Gen.Constant("0")), (3, Gen.Choose(1, int.MaxValue).Select(value => value.ToString(CultureInfo.InvariantCulture))))
        from fraction in Gen.Frequency((2, Gen.Constant("")), (1, Gen.Choose(0, 99999).Select(value => "." + value.ToString("D4", CultureInfo.InvariantCulture))))
        from exponent in Gen.Frequency((3, Gen.Constant("")), (1, Gen.Elements("e0", "E5", "e+12", "E-007")))
        select sign + whole + fraction + exponent;

    private static Gen<string> Document =>
        from mark in Gen.Frequency((5, Gen.Constant("")), (1, Gen.Constant("\uFEFF")))
        from before in Space
        from value in Gen.Sized(size => Value(Math.Min(size, 40)))
        from after in Space
        select mark + before + value + after;

    private static Gen<string> DamagedDocument =>
        from document in Document
        from at in Gen.Choose(0, document.Length)
        from removed in Gen.Choose(0, Math.Min(3, document.Length - at))
        from inserted in Gen.Elements(Damage)
        select document.Remove(at, removed).Insert(at, inserted);

    [Fact]
    public void Read_GeneratedJsonInAnyPieces_GivesTheOraclesTokens() => Check(Document, (text, pieces) =>
    {
        var expected = JsonTokens.Oracle(text);
        var actual = JsonTokens.Scan(text, pieces);
        return expected.IsWhole && actual.IsWhole && expected.Tokens.SequenceEqual(actual.Tokens);
    });

    [Fact]
    public void Read_DamagedJsonInAnyPieces_GivesTheOraclesVerdict() => Check(DamagedDocument, (text, pieces) =>
    {
        var expected = JsonTokens.Oracle(text);
        var actual = JsonTokens.Scan(text, pieces);
        return expected.IsWhole == actual.IsWhole && (!expected.IsWhole || expected.Tokens.SequenceEqual(actual.Tokens));
    });

    [Fact]
    public void Read_GeneratedJsonCutOffAnywhere_IsNeverMalformedBeforeTheCut() => Check(Document, (text, pieces) =>
    {
        var whole = JsonTokens.Scan(text).Tokens;
        var scanner = default(EdgeProxy.Protocol.JsonScanner);
        var cut = pieces.Length == 0 ? text.Length : pieces[0];
        var read = 0;
        var position = 0;
        while (scanner.TryRead(text.AsSpan(0, cut), ref position))
        {
            if (scanner.TokenType != whole[read++].Type)
            {
                return false;
            }
        }

        return !scanner.IsMalformed;
    });

    private static Gen<string> Value(int size)
    {
        var scalar = Gen.Frequency(
            (2, Text),
            (2, Number),
            (1, Gen.Elements("true", "false", "null")));
        return size <= 1
            ? scalar
            : Gen.Frequency((2, scalar), (2, List(Value(size / 3), '[', ']')), (3, List(Member(size / 3), '{', '}')));
    }

    private static Gen<string> Member(int size) =>
        from name in Text
        from beforeColon in Space
        from afterColon in Space
        from value in Value(size)
        select name + beforeColon + ":" + afterColon + value;

    private static Gen<string> List(Gen<string> item, char open, char close) =>
        from items in (from before in Space from value in item from after in Space select before + value + after).ListOf()
        from space in Space
        select open + (items.Count == 0 ? space : string.Join(',', items.Take(6))) + close;

    /// <summary>Every case is also cut at every byte, and byte by byte: the pieces are only for what both of them miss.</summary>
    private static void Check(Gen<string> texts, Func<byte[], int[], bool> holds)
    {
        var cases = from text in texts
                    let bytes = Encoding.UTF8.GetBytes(text)
                    from cuts in Gen.Choose(0, bytes.Length).ListOf()
                    select (Bytes: bytes, Cuts: cuts);
        Prop.ForAll(cases.ToArbitrary(), sample =>
        {
            var text = Encoding.UTF8.GetString(sample.Bytes);
            var ok = holds(sample.Bytes, Pieces(sample.Cuts))
                && holds(sample.Bytes, [.. Enumerable.Repeat(1, sample.Bytes.Length)])
                && Enumerable.Range(0, sample.Bytes.Length + 1).All(cut => holds(sample.Bytes, [cut]));
            return ok.Label(text);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static int[] Pieces(IEnumerable<int> cuts)
    {
        var last = 0;
        return [.. cuts.Order().Select(cut => (cut, length: cut - last, last = cut)).Select(piece => piece.length)];
    }
}
