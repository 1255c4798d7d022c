using System.Text;
using EdgeProxy.Protocol;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Protocol;

/// <summary>The scanner against <see cref="System.Text.Json.Utf8JsonReader"/>, cut at every byte.</summary>
public sealed class JsonScannerTests
{
    public static TheoryData<string> WellFormed =>
    [
        "{}",
        "[]",
        " \t\r\n{ \"stream\" : true , \"model\" : \"gpt\" } \n",
        "\uFEFF{\"stream\":false}",
        "\uFEFF \n[1]",
        "{\"a\":{\"b\":[{\"c\":null},[],{}]},\"d\":[[1,2],[3]]}",
        "[0,-0,1,-1,10,123456789,0.5,-0.25,1.0e5,1E+10,2e-3,0e0,0.0,-1.5E-7]",
        "0", "-0", "7 ", "1.5", "1e9", "-12.25e+3\n", "true", "false", "null", "\"\"", "\"text\"",
        """ "\"\\\/\b\f\n\r\t" """,
        """ {"str\u0065am":true,"\u0073tream":false,"\u00E9\u20ac\uD83D\uDE00":"é€😀"} """,
        """ ["\uD83D","\uDE00","\uD83Dx","\uD83D\n","\uD83D\uD83D\uDE00","\uD83D\u0041","\uDE00\uD83D","\u0000\uFFFF"] """,
        "{\"dup\":1,\"dup\":2,\"\":3}",
        "\"\u007F \u2028\u2029\"",
        "[\"" + new string('x', 63) + "\",\"" + new string('x', 64) + "\",\"" + new string('x', 65) + "\"]",
        "[\"" + new string('x', 62) + "\u20AC\",\"" + new string('x', 61) + "\\uD83D\\uDE00\",1" + new string('0', 80) + "]",
        "{\"" + new string('n', 200) + "\":0." + new string('1', 62) + ",\"a\":0." + new string('1', 63) + "}",
    ];

    public static TheoryData<string> Malformed =>
    [
        "", " ", "\uFEFF", "\uFEFF\uFEFF{}", " \uFEFF{}",
        "{", "}", "[", "]", "[}", "{]", "{\"a\":1]", "[1}", "[[]", "{\"a\":{}",
        ",", ":", "[,]", "[1,]", "[1,,2]", "[,1]", "[1 2]", "[\"a\" \"b\"]", "[true false]", "[1:2]",
        "{,}", "{\"a\"}", "{\"a\" 1}", "{\"a\":}", "{\"a\":,}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{\"a\"::1}", "{1:2}", "{a:1}", "{'a':1}", "{null:1}", "{{}}", "{[]}",
        "{\"a\":1}}", "[]]", "{}{}", "{} 1", "1 2", "true false", "\"a\"\"b\"", "null,", "{}x",
        "01", "-", "-a", "--1", "+1", ".5", "1.", "1.e5", "1e", "1e+", "1e-x", "1.5.5", "1e5.5", "0x10", "1a", "00", "-01", "1_000", "NaN", "Infinity", "-Infinity", "[1.]", "[-]", "[1e]",
        "t", "tru", "truE", "True", "truex", "fals", "falsey", "nul", "nulll", "[nul]", "undefined", "[tru,1]",
        "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\U0041\"", "\"\\u 041\"", "\"\\u-041\"", "\"\\'\"", "\"\\0\"",
        "\"a\nb\"", "\"a\tb\"", "\"\u0000\"", "\"\u001F\"", "{\"a\nb\":1}", "'a'",
        "/* c */{}", "{}//", "{\"a\":1/**/}", "#", "\u00A0{}", "\v{}", "\f[]", "[1\u00A0]", "\u2028[]", "é",
        "data: {}", "<html>", "--boundary\r\n",
    ];

    [Theory]
    [MemberData(nameof(WellFormed))]
    public void Read_WellFormedCutAnywhere_GivesTheOraclesTokens(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var expected = JsonTokens.Oracle(bytes);

        Assert.True(expected.IsWhole);
        AssertEverySplit(bytes, expected);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Read_MalformedOrCutOffAnywhereCut_NeverCompletes(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var expected = JsonTokens.Oracle(bytes);

        Assert.False(expected.IsWhole);
        AssertEverySplit(bytes, expected);
    }

    [Theory]
    [InlineData(new byte[] { 0xEF }, false)]
    [InlineData(new byte[] { 0xEF, 0xBB }, false)]
    [InlineData(new byte[] { 0xEF, 0xBB, (byte)'{' }, true)]
    [InlineData(new byte[] { 0xEF, (byte)'{', (byte)'}' }, true)]
    [InlineData(new byte[] { 0xEF, (byte)' ', 0xBB, 0xBF, (byte)'1' }, true)]
    [InlineData(new byte[] { 0xBB, 0xBF, (byte)'{', (byte)'}' }, true)]
    [InlineData(new byte[] { 0xFF, 0xFE, (byte)'{', 0 }, true)]
    [InlineData(new byte[] { (byte)'[', 0xC3, 0xA9, (byte)']' }, true)]
    public void Read_BrokenByteOrderMark_NeverCompletes(byte[] text, bool malformed)
    {
        var scanner = default(JsonScanner);
        foreach (var value in text)
        {
            var position = 0;
            scanner.TryRead([value], ref position);
        }

        Assert.False(scanner.IsComplete);
        Assert.Equal(malformed, scanner.IsMalformed);
    }

    [Fact]
    public void Read_BytesThatAreNotUtf8InAString_AreTakenAsTheyCome()
    {
        byte[] text = [(byte)'"', 0xFF, 0xC0, 0x80, (byte)'"'];

        var verdict = JsonTokens.ScanByteByByte(text);

        Assert.True(verdict.IsWhole);
        Assert.Equal("\u00FF\u00C0\u0080", Assert.Single(verdict.Tokens).Value);
    }

    [Theory]
    [InlineData(JsonScanner.MaxDepth, true)]
    [InlineData(JsonScanner.MaxDepth + 1, false)]
    [InlineData(100_000, false)]
    public void Read_DeepNesting_StopsAtTheLimit(int depth, bool whole)
    {
        foreach (var (open, close) in new[] { ("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]") })
        {
            var repeat = depth / (open.Length == 6 ? 2 : 1) + (open.Length == 6 ? depth % 2 : 0);
            var text = string.Concat(Enumerable.Repeat(open, repeat)) + "1" + string.Concat(Enumerable.Repeat(close, repeat));
            var bytes = Encoding.UTF8.GetBytes(text);
            var expected = JsonTokens.Oracle(bytes);

            var verdict = JsonTokens.Scan(bytes);

            Assert.Equal(whole, verdict.IsWhole);
            Assert.Equal(!whole, verdict.IsMalformed);
            Assert.Equal(expected.IsWhole, verdict.IsWhole);
            Assert.Equal(expected.Tokens.Take(JsonScanner.MaxDepth), verdict.Tokens.Take(JsonScanner.MaxDepth));
        }
    }

    [Fact]
    public void Read_AfterMalformed_StaysMalformedUntilReset()
    {
        var scanner = default(JsonScanner);
        var position = 0;
        Assert.False(scanner.TryRead("  ]{}"u8, ref position));
        Assert.True(scanner.IsMalformed);
        Assert.Equal(2, position);

        position = 0;
        Assert.False(scanner.TryRead("{}"u8, ref position));
        Assert.True(scanner.IsMalformed);
        Assert.Equal(0, position);

        scanner.Reset();
        Assert.False(scanner.IsMalformed);
        Assert.True(scanner.TryRead("{}"u8, ref position));
        Assert.Equal(JsonTokenType.StartObject, scanner.TokenType);
    }

    [Fact]
    public void Read_RootEnded_IsCompleteUntilSomethingFollows()
    {
        var scanner = default(JsonScanner);
        var position = 0;
        var text = "{} \n x"u8;
        Assert.True(scanner.TryRead(text, ref position));
        Assert.False(scanner.IsComplete);
        Assert.True(scanner.TryRead(text, ref position));
        Assert.True(scanner.IsComplete);
        Assert.Equal(2, position);

        Assert.False(scanner.TryRead(text, ref position));
        Assert.False(scanner.IsComplete);
        Assert.True(scanner.IsMalformed);
        Assert.Equal(5, position);
    }

    [Fact]
    public void Read_LongStringInSmallReads_AllocatesNothing()
    {
        var scanner = default(JsonScanner);
        var piece = new byte[4096];
        Array.Fill(piece, (byte)'A');
        var position = 0;
        scanner.TryRead("{\"image\":\""u8, ref position);

        position = 0;
        scanner.TryRead(piece, ref position);
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                position = 0;
                scanner.TryRead(piece, ref position);
            }
        });

        Assert.Equal(0, allocated);
    }

    private static void AssertEverySplit(byte[] bytes, JsonVerdict expected)
    {
        AssertSame(expected, JsonTokens.ScanByteByByte(bytes));
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            AssertSame(expected, JsonTokens.Scan(bytes, cut));
        }
    }

    private static void AssertSame(JsonVerdict expected, JsonVerdict actual)
    {
        Assert.Equal(expected.IsWhole, actual.IsWhole);
        if (expected.IsWhole)
        {
            Assert.Equal(expected.Tokens, actual.Tokens);
        }
    }
}
