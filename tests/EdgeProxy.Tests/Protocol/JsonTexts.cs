using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Protocol;

/// <summary>Generators of JSON, and of JSON with damage.</summary>
internal static class JsonTexts
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

    public static Gen<string> Space => Gen.Frequency(
        (6, Gen.Constant("")),
        (2, Gen.Constant(" ")),
        (1, Gen.Elements("\n", "\r\n", "\t", "  \r \n\t ")));

    public static Gen<string> Text => Gen.Elements(Snippets).ListOf().Select(parts => "\"" + string.Concat(parts) + "\"");

    private static Gen<string> Number =>
        from sign in Gen.Elements("", "-")
        from whole in Gen.Frequency((1, Gen.Constant("0")), (3, Gen.Choose(1, int.MaxValue).Select(value => value.ToString(CultureInfo.InvariantCulture))))
        from fraction in Gen.Frequency((2, Gen.Constant("")), (1, Gen.Choose(0, 99999).Select(value => "." + value.ToString("D4", CultureInfo.InvariantCulture))))
        from exponent in Gen.Frequency((3, Gen.Constant("")), (1, Gen.Elements("e0", "E5", "e+12", "E-007")))
        select sign + whole + fraction + exponent;

    public static Gen<string> Document =>
        from mark in Gen.Frequency((5, Gen.Constant("")), (1, Gen.Constant("\uFEFF")))
        from before in Space
        from value in Gen.Sized(size => Value(Math.Min(size, 40)))
        from after in Space
        select mark + before + value + after;

    public static Gen<string> DamagedDocument => Damaged(Document);

    public static Gen<string> Damaged(Gen<string> documents) =>
        from document in documents
        from at in Gen.Choose(0, document.Length)
        from removed in Gen.Choose(0, Math.Min(3, document.Length - at))
        from inserted in Gen.Elements(Damage)
        select document.Remove(at, removed).Insert(at, inserted);

    public static Gen<string> Value(int size)
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
}
