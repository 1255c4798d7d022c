using System.Text;
using EdgeProxy.Protocol;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Protocol;

/// <summary>Hand-made streams, cut at every byte, against the standard's text and the framework's parser.</summary>
public sealed class SseScannerTests
{
    public static TheoryData<string> Streams
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (var stream in Lines)
            {
                data.Add(stream);
                if (stream.Contains('\n', StringComparison.Ordinal) && !stream.Contains('\r', StringComparison.Ordinal))
                {
                    data.Add(stream.Replace("\n", "\r\n", StringComparison.Ordinal));
                    data.Add(stream.Replace('\n', '\r'));
                }
            }

            return data;
        }
    }

    private static string[] Lines =>
    [
        "", "\n", "\n\n\n", "data", "data:", "data: x", "data: x\n", "data: x\n\n", "data\n\n", "data:\n\n", "data: \n\n",
        "data: one\ndata: two\n\ndata:three\n\n",
        "event: ping\ndata: {}\n\nevent: pong\n\ndata: after\n\n",
        "data: before its name\nevent: late\n\n",
        ": comment\n\n: another\n:\n: \n\ndata: x\n\n",
        "data: a\n: between\ndata: b\n\n",
        ": keep-alive\ndata: x\n\n",
        "id: 1\ndata: a\n\nid\ndata: b\n\nid: \u0000\n\nretry: 3000\n\nretry\n\n",
        "data:  two spaces\n\ndata:\ttab\n\ndata : no\n\n data: no\n\n",
        "DATA: no\n\nData: no\n\nEvent: no\ndata: yes\n\nID: 1\n\nRetry: 1\n\n",
        "dat: no\n\ndatas: no\n\ndata1\n\nda\n\nevents: x\nevent\ndata: x\n\ni: 1\n\nids: 1\n\nretr: 1\n\nretry1: 1\n\n",
        "data: a:b:c\n\ndata:::\n\n:::data\n\ndata: data: x\n\n",
        "data: [DONE]\n\n",
        "\uFEFFdata: x\n\n", "\uFEFF\n\n", "\uFEFF: c\n\ndata: x\n\n", "\uFEFF\uFEFFdata: x\n\n", "\n\uFEFFdata: x\n\n", ":\uFEFF\ndata: \uFEFF\n\n", "\uFEFF",
        "\uFEFFevent: e\ndata: x\n\n\uFEFFdata: y\n\n",
        "data: é€😀\u2028\u2029\u0085\u000B\u000C\n\nünknown: x\n\n",
        "unknown: x\n\nunknown\ndata: x\n\n",
        "data: x\n\ndata: cut off",
        "data: x\r\r\ndata: y\n\r", "data: x\n\rdata: y\r\n\r\n", "\r\n\r\rdata: x\r\n\n", "data: a\rdata: b\ndata: c\r\n\r",
        "data: " + new string('x', 300) + "\n\nevent: " + new string('e', 40) + "\ndata: " + new string('y', 20) + "\n\n",
    ];

    [Theory]
    [MemberData(nameof(Streams))]
    public void Read_CutAnywhere_GivesTheSameLinesAndEvents(string text)
    {
        var stream = Encoding.UTF8.GetBytes(text);
        var reference = new SseReference(stream);
        var events = SseReading.Oracle(stream);
        Assert.Equal(events.Count, reference.Events);

        for (var cut = 0; cut <= stream.Length; cut++)
        {
            var reading = SseReading.Of(stream, cut);
            Assert.Equal(reference.Lines, reading.Lines);
            Assert.Equal(events, reading.EventsAsTheFrameworkNamesThem);
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Read_AfterEveryByte_KnowsWhereItStands(string text)
    {
        var stream = Encoding.UTF8.GetBytes(text);
        var reading = new SseReading();
        for (var length = 0; length <= stream.Length; length++)
        {
            var reference = new SseReference(stream.AsSpan(0, length));
            Assert.Equal(reference.IsAtBoundary, reading.Scanner.IsAtBoundary);
            Assert.Equal(reference.EndsWithCr, reading.Scanner.EndsWithCr);
            Assert.Equal(reference.LineEnding, reading.Scanner.LineEnding);
            Assert.Equal(reference.SawId, reading.Scanner.SawId);
            Assert.Equal(reference.Lines, reading.Lines);
            Assert.Equal(reference.Events, reading.Events.Count);
            Assert.Equal(reference.Blocks, reading.Blocks);
            reading.Feed(stream.AsSpan(length, length < stream.Length ? 1 : 0));
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Read_CutAnywhere_ReportsOnlyTrueBoundariesAndEveryEndOfABlock(string text)
    {
        var stream = Encoding.UTF8.GetBytes(text);
        var ends = new List<int>();
        for (int length = 1, blocks = 0; length <= stream.Length; length++)
        {
            var count = new SseReference(stream.AsSpan(0, length)).Blocks;
            if (count > blocks)
            {
                ends.Add(length);
            }

            blocks = count;
        }

        for (var cut = 0; cut <= stream.Length; cut++)
        {
            var reading = SseReading.Of(stream, cut);
            Assert.All(reading.Boundaries, offset => Assert.True(new SseReference(stream.AsSpan(0, offset)).IsAtBoundary, $"offset {offset}"));
            Assert.Empty(ends.Select(end => EndsBetweenCrAndLf(end) && end != cut ? end + 1 : end).Except(reading.Boundaries));
        }

        bool EndsBetweenCrAndLf(int end) => stream[end - 1] == '\r' && end < stream.Length && stream[end] == '\n';
    }

    [Theory]
    [InlineData(new byte[] { 0xEF }, 0)]
    [InlineData(new byte[] { 0xEF, 0xBB }, 0)]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBE }, 0)]
    [InlineData(new byte[] { 0xEF, 0xBC, 0xBF }, 0)]
    [InlineData(new byte[] { 0xBB, 0xBF }, 0)]
    [InlineData(new byte[] { 0xEF, 0xEF, 0xBB, 0xBF }, 0)]
    [InlineData(new byte[] { 0xEF, (byte)'\n' }, 1)]
    [InlineData(new byte[] { 0xEF, 0xBB, (byte)'\r' }, 1)]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF }, 1)]
    public void Read_BytesLikeAByteOrderMark_HideTheFirstLineUnlessTheyAreOne(byte[] start, int events)
    {
        byte[] stream = [.. start, .. "data: x\n\n"u8];

        Assert.Equal(events, SseReading.Oracle(stream).Count);
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            var reading = SseReading.Of(stream, cut);
            Assert.Equal(events, reading.Events.Count);
            Assert.Equal(new SseReference(stream.AsSpan(0, cut)).IsAtBoundary, SseReading.Of(stream.AsSpan(0, cut)).Scanner.IsAtBoundary);
            Assert.Equal(new SseReference(stream).Lines, reading.Lines);
        }
    }

    [Theory]
    [InlineData("data: x\n\n", true, true)]
    [InlineData("data: x\r\n\r\n", true, true)]
    [InlineData("data: x\r\r", true, true)]
    [InlineData("data: x\n", false, false)]
    [InlineData("event: x\n\n", true, false)]
    [InlineData(": c\n\n", true, false)]
    [InlineData(": c\n", false, false)]
    public void Read_BlankLineInTheSameInput_IsFoldedIntoTheLineBefore(string text, bool endsBlock, bool dispatches)
    {
        var scanner = default(SseScanner);
        var input = Encoding.UTF8.GetBytes(text);
        var position = 0;

        Assert.True(scanner.TryRead(input, ref position, out var line));

        Assert.True(line.StartsValue);
        Assert.True(line.EndsLine);
        Assert.Equal(endsBlock, line.EndsBlock);
        Assert.Equal(dispatches, line.DispatchesEvent);
        Assert.Equal(input.Length, position);
        Assert.False(scanner.TryRead(input, ref position, out _));
    }

    [Fact]
    public void Read_LineInManyPieces_IsGivenAsItComesWithoutItsLeadingSpace()
    {
        var scanner = default(SseScanner);

        Assert.Equal("", Feed(ref scanner, "da"));
        Assert.Equal("", Feed(ref scanner, "ta"));
        Assert.Equal("", Feed(ref scanner, ":"));
        Assert.Equal("", Feed(ref scanner, " "));
        Assert.Equal("Data[ one] starts", Feed(ref scanner, " one"));
        Assert.Equal("Data[ two]", Feed(ref scanner, " two"));
        Assert.Equal("Data[] ends", Feed(ref scanner, "\r"));
        Assert.True(scanner.EndsWithCr);
        Assert.Equal("", Feed(ref scanner, "\n"));
        Assert.False(scanner.EndsWithCr);
        Assert.False(scanner.IsAtBoundary);
        Assert.Equal("Blank[] starts ends block event", Feed(ref scanner, "\r"));
        Assert.True(scanner.IsAtBoundary);
        Assert.True(scanner.EndsWithCr);
        Assert.Equal("", Feed(ref scanner, "\n"));
        Assert.True(scanner.IsAtBoundary);
        Assert.Equal("Data[x] starts ends block event", Feed(ref scanner, "data:x\n\n"));

        static string Feed(ref SseScanner scanner, string text)
        {
            var position = 0;
            var token = "";
            while (scanner.TryRead(Encoding.UTF8.GetBytes(text), ref position, out var line))
            {
                Assert.Equal("", token);
                token = $"{line.Field}[{Encoding.UTF8.GetString(line.Value)}]"
                    + (line.StartsValue ? " starts" : "") + (line.EndsLine ? " ends" : "")
                    + (line.EndsBlock ? " block" : "") + (line.DispatchesEvent ? " event" : "");
            }

            return token;
        }
    }

    [Fact]
    public void Read_MegabytesInOneLine_AllocatesNothing()
    {
        var scanner = default(SseScanner);
        var piece = new byte[4096];
        Array.Fill(piece, (byte)'A');
        var position = 0;
        scanner.TryRead("data: "u8, ref position, out _);
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                position = 0;
                scanner.TryRead(piece, ref position, out _);
            }
        });

        Assert.Equal(0, allocated);
        Assert.False(scanner.IsAtBoundary);
    }
}
