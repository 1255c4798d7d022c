using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Protocol;

/// <summary>Generated JSON, and generated JSON with damage, against <see cref="System.Text.Json.Utf8JsonReader"/>, in pieces of any length.</summary>
public sealed class JsonScannerPropertyTests
{
    [Fact]
    public void Read_GeneratedJsonInAnyPieces_GivesTheOraclesTokens() => Check(JsonTexts.Document, (text, pieces) =>
    {
        var expected = JsonTokens.Oracle(text);
        var actual = JsonTokens.Scan(text, pieces);
        return expected.IsWhole && actual.IsWhole && expected.Tokens.SequenceEqual(actual.Tokens);
    });

    [Fact]
    public void Read_DamagedJsonInAnyPieces_GivesTheOraclesVerdict() => Check(JsonTexts.DamagedDocument, (text, pieces) =>
    {
        var expected = JsonTokens.Oracle(text);
        var actual = JsonTokens.Scan(text, pieces);
        return expected.IsWhole == actual.IsWhole && (!expected.IsWhole || expected.Tokens.SequenceEqual(actual.Tokens));
    });

    [Fact]
    public void Read_GeneratedJsonCutOffAnywhere_IsNeverMalformedBeforeTheCut() => Check(JsonTexts.Document, (text, pieces) =>
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
