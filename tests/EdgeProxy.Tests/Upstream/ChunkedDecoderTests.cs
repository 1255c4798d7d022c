using System.Text;
using EdgeProxy.Upstream;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Upstream;

/// <summary>RFC 9112 section 7.1, whatever pieces the bytes arrive in.</summary>
public sealed class ChunkedDecoderTests
{
    public static TheoryData<string, string, string> Whole => new()
    {
        { "5\r\nhello\r\n0\r\n\r\n", "hello", "" },
        { "0\r\n\r\n", "", "" },
        { "000\r\n\r\n", "", "" },
        { "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", "" },
        { "A\r\n0123456789\r\n0\r\n\r\n", "0123456789", "" },
        { "a\r\n0123456789\r\n0\r\n\r\n", "0123456789", "" },
        { "000000000000005\r\nhello\r\n0\r\n\r\n", "hello", "" },
        { "5\nhello\n0\n\n", "hello", "" },
        { "5\r\nhello\n0\n\r\n", "hello", "" },
        { "5;a\r\nhello\r\n0\r\n\r\n", "hello", "" },
        { "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n", "hello", "" },
        { "5 ; a = b\r\nhello\r\n0\r\n\r\n", "hello", "" },
        { "5 \t \r\nhello\r\n0  \r\n\r\n", "hello", "" },
        { "2\r\n\r\n\r\n0\r\n\r\n", "\r\n", "" },
        { "7\r\n0\r\n\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n\r\n", "" },
        { "0\r\nA: b\r\n\r\n", "", "A: b\n" },
        { "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", "x", "A: b\nC: d\n" },
        { "1\nx\n0\nA: b\nC: d\n\n", "x", "A: b\nC: d\n" },
    };

    public static TheoryData<string> Broken =>
    [
        "\r\n",
        ";a\r\n",
        " 5\r\nhello",
        "+5\r\nhello",
        "-5\r\nhello",
        "0x5\r\nhello",
        "5h\r\nhello",
        "g\r\n",
        "5\rX\nhello",
        "5\r\r\nhello",
        "5 5\r\nhello",
        "5 a\r\nhello",
        "5;a\rb\r\nhello",
        "5\0\r\nhello",
        "5\r\nhello!",
        "5\r\nhello\rX",
        "5\r\nhello\r\r\n",
        "5\r\nhello\r\n\r\n",
        "5\r\nhello\r\nX",
        "0000000000000005\r\nhello",
        "8000000000000000\r\n",
        "FFFFFFFFFFFFFFFF\r\n",
        "10000000000000005\r\n",
        "0\r\n\rX",
        "0\r\nA: b\rc\r\n\r\n",
        "0\r\nA: b\r\r\n\r\n",
        "5;" + new string('e', 5000) + "\r\nhello",
        "5" + new string(' ', 5000) + "\r\nhello",
        "0\r\nA: " + new string('t', 17_000) + "\r\n\r\n",
        "0\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", 4000)) + "\r\n",
    ];

    [Theory]
    [MemberData(nameof(Whole))]
    public void Body_CutAnywhere_GivesItsContentAndTrailers(string coded, string content, string trailers)
    {
        var bytes = Encoding.Latin1.GetBytes(coded);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                Check(bytes, content, trailers, [first, second - first, bytes.Length - second]);
            }
        }

        Check(bytes, content, trailers, [.. Enumerable.Repeat(1, bytes.Length)]);
    }

    [Theory]
    [MemberData(nameof(Whole))]
    public void Body_WithBytesBehindItsEnd_SaysHowMany(string coded, string content, string trailers)
    {
        var bytes = Encoding.Latin1.GetBytes(coded + "HTTP/1.1 200");
        var decoder = default(ChunkedDecoder);

        Assert.Equal(ChunkedState.Ended, decoder.Decode(bytes, out var count, out var extra));

        Assert.Equal(12, extra);
        Assert.Equal(content, Encoding.Latin1.GetString(bytes, 0, count));
        Assert.Equal(trailers, Encoding.Latin1.GetString(decoder.Trailers));
        Assert.Equal(ChunkedState.Ended, decoder.Decode([1, 2, 3], out count, out extra));
        Assert.Equal((0, 3), (count, extra));
    }

    [Theory]
    [MemberData(nameof(Whole))]
    public void Body_WithoutItsLastByte_IsOpen(string coded, string content, string trailers)
    {
        _ = (content, trailers);
        for (var length = 0; length < coded.Length; length++)
        {
            Assert.Equal(ChunkedState.Open, default(ChunkedDecoder).Decode(Encoding.Latin1.GetBytes(coded[..length]), out _, out _));
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void BrokenCoding_WholeAndByteByByte_IsInvalid(string coded)
    {
        var bytes = Encoding.Latin1.GetBytes(coded);
        Assert.Equal(ChunkedState.Invalid, Run(bytes, Enumerable.Repeat(1, bytes.Length)).State);
        Assert.Equal(ChunkedState.Invalid, Run(bytes, [bytes.Length]).State);
    }

    [Fact]
    public void LargestSize_IsWaitedFor()
    {
        Assert.Equal(ChunkedState.Open, Run("FFFFFFFFFFFFFFF\r\nabc"u8.ToArray(), [20]).State);
    }

    [Fact]
    public void AnyContent_InAnyChunksAndAnyPieces_ComesOutAsItWas()
    {
        var cases =
            from content in ArbMap.Default.ArbFor<byte[]>().Generator
            from chunks in Gen.ArrayOf(Gen.Choose(1, 40))
            from pieces in Gen.ArrayOf(Gen.Choose(1, 25))
            from style in Gen.Choose(0, 3)
            select (content, chunks, pieces, style);

        Prop.ForAll(cases.ToArbitrary(), test =>
        {
            var coded = Encode(test.content, test.chunks, test.style);
            var (state, content, trailers) = Run(coded, test.pieces);
            Assert.Equal(ChunkedState.Ended, state);
            Assert.Equal(test.content, content);
            Assert.Equal(test.style == 3 ? "T: 1\n" : "", trailers);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void AnyBytes_InAnyPieces_GiveTheSameVerdict()
    {
        // Of letters that make framing likely.
        var cases =
            from text in Gen.ArrayOf(Gen.Elements("0"u8[0], "1"u8[0], "a"u8[0], "\r"u8[0], "\n"u8[0], ";"u8[0], " "u8[0], ":"u8[0]))
            from pieces in Gen.ArrayOf(Gen.Choose(1, 5))
            select (text, pieces);

        Prop.ForAll(cases.ToArbitrary(), test =>
        {
            var whole = Run(test.text, [test.text.Length]);
            var cut = Run(test.text, test.pieces);
            Assert.Equal(whole.State, cut.State);
            if (whole.State != ChunkedState.Invalid)
            {
                Assert.Equal(whole.Content, cut.Content);
                Assert.Equal(whole.Trailers, cut.Trailers);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static void Check(byte[] bytes, string content, string trailers, IEnumerable<int> pieces)
    {
        var (state, got, gotTrailers) = Run(bytes, pieces);
        Assert.Equal(ChunkedState.Ended, state);
        Assert.Equal(content, Encoding.Latin1.GetString(got));
        Assert.Equal(trailers, gotTrailers);
    }

    // In pieces of these lengths and then the rest; stops at the first verdict.
    private static (ChunkedState State, byte[] Content, string Trailers) Run(byte[] bytes, IEnumerable<int> pieces)
    {
        var decoder = default(ChunkedDecoder);
        var content = new List<byte>();
        var state = ChunkedState.Open;
        var at = 0;
        foreach (var piece in pieces.Append(bytes.Length))
        {
            var part = bytes[at..Math.Min(bytes.Length, at + piece)];
            at += part.Length;
            state = decoder.Decode(part, out var count, out _);
            content.AddRange(part.AsSpan(0, count));
            if (state != ChunkedState.Open)
            {
                break;
            }
        }

        return (state, [.. content], Encoding.Latin1.GetString(decoder.Trailers));
    }

    private static byte[] Encode(byte[] content, int[] chunks, int style)
    {
        var coded = new List<byte>();
        var line = style == 1 ? "\n" : "\r\n";
        var at = 0;
        foreach (var chunk in chunks.Append(int.MaxValue))
        {
            var count = Math.Min(chunk, content.Length - at);
            if (count > 0)
            {
                coded.AddRange(Encoding.ASCII.GetBytes((style == 2 ? $"{count:X4};x=\"{count}\"" : $"{count:x}") + line));
                coded.AddRange(content.AsSpan(at, count));
                coded.AddRange(Encoding.ASCII.GetBytes(line));
                at += count;
            }
        }

        coded.AddRange(Encoding.ASCII.GetBytes($"0{line}{(style == 3 ? "T: 1\r\n" : "")}{line}"));
        return [.. coded];
    }
}
