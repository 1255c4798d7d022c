using System.Text;
using EdgeProxy.Bench.Load;

namespace EdgeProxy.Tests.Bench;

/// <summary>The load generator's judgement: a bench that says "0 violations" must be able to say another number.</summary>
public sealed class EventVerifierTests
{
    private const uint Stream = 7;
    private const string Done = "data: [DONE]\n\n";

    /// <summary>What the target made of a stream of four events, and what is to be counted.</summary>
    public static TheoryData<string, string, string> Streams()
    {
        var events = Enumerable.Range(0, 4).Select(static index => Event(index)).ToArray();
        var all = string.Concat(events);
        var half = events[1].Length / 2;
        return new()
        {
            { "good", all + Done, "" },
            { "good with comments", $": edgeproxy\n\n{events[0]}: keep-alive\n\n{events[1]}: keep-alive\n{events[2]}\n{events[3]}{Done}", "" },
            { "missing", events[0] + events[3] + Done, "Missing=2" },
            { "last missing", events[0] + events[1] + events[2] + Done, "Missing=1" },
            { "repeated", events[0] + events[1] + events[1] + events[2] + events[3] + Done, "Repeated=1" },
            { "out of order", events[0] + events[2] + events[1] + events[3] + Done, "Missing=1,OutOfOrder=1" },
            { "changed text", all.Replace(events[1], events[1][..^40] + "#" + events[1][^39..], StringComparison.Ordinal) + Done, "Changed=1" },
            { "changed framing", all.Replace("\"index\":0", "\"index\":1", StringComparison.Ordinal) + Done, "Changed=4" },
            { "changed stamp", events[0].Replace("data: {\"id\":\"0", "data: {\"id\":\"x", StringComparison.Ordinal) + events[1] + events[2] + events[3] + Done, "Changed=1,Missing=1" },
            { "stamp in capitals", events[0].Replace("0abc0", "0ABC0", StringComparison.Ordinal) + events[1] + events[2] + events[3] + Done, "Changed=1,Missing=1" },
            { "another stream's", events[0] + Event(1, stream: 8) + events[1] + events[2] + events[3] + Done, "WrongStream=1" },
            { "comment in an event", $"{events[0]}{events[1][..half]}: keep-alive\n\n{events[2]}{events[3]}{Done}", "CommentInsideEvent=1" },
            { "comment before the blank line", $"{events[0]}{events[1][..^1]}: keep-alive\n\n{events[2]}{events[3]}{Done}", "CommentInsideEvent=1" },
            { "error frame", $"{events[0]}event: error\ndata: {{\"error\":{{}}}}\n\n{Done}", "ErrorFrame=1,Missing=1" },
            { "other text", $"{events[0]}retry: 5\n\n{events[1]}{events[2]}{events[3]}{Done}", "UnexpectedText=1" },
            { "second [DONE]", all + Done + Done, "SecondDone=1" },
            { "no [DONE]", all, "MissingDone=1" },
            { "bytes after the end", $"{all}{Done}: keep-alive\n\n", "BytesAfterEnd=1" },
            { "cut in an event", events[0] + events[1][..half], "CutEvent=1,Missing=1,MissingDone=1" },
            { "cut in [DONE]", all + Done[..9], "CutEvent=1,MissingDone=1" },
            { "nothing", "", "Missing=1,MissingDone=1" },
            { "event after the last", all + Event(4) + Done, "UnexpectedText=1" },
        };
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Stream_InPiecesOfAnySize_HasItsViolationsCounted(string name, string body, string expected)
    {
        foreach (var piece in (int[])[int.MaxValue, 1, 7, 199])
        {
            Assert.True(expected == Violations(body, piece, EventFormat.OfEvent(220)).Counts, $"{name}, pieces of {piece}: {Violations(body, piece, EventFormat.OfEvent(220))}");
        }
    }

    [Theory]
    [InlineData(44)]
    [InlineData(50)]
    [InlineData(200)]
    [InlineData(4096)]
    [InlineData(300_000)]
    public void Events_OfAnySize_AreTakenAsTheyWereWritten(int size)
    {
        var format = EventFormat.OfEvent(size);
        var body = Event(0, format) + Event(1, format) + Event(2, format) + Event(3, format) + Done;
        Assert.Equal(("", 4L), Violations(body, 1000, format));
        Assert.All(Enumerable.Range(0, 4), index => Assert.Equal(size, Event(index, format).Length));
    }

    [Theory]
    [InlineData(0, 65536)]
    [InlineData(100_000, 1)]
    [InlineData(4093, 4093)]
    public void LargeEvent_WithAPieceLost_IsChanged(int start, int length)
    {
        var format = EventFormat.OfEvent(300_000);
        var whole = Event(3, format, sequence: 0);
        Assert.Equal("Changed=1", Violations(whole.Remove(start + 200, length) + Done, 4096, format).Counts);
    }

    [Fact]
    public void Answer_WithoutStream_IsJudgedTheSameWay()
    {
        var format = EventFormat.OfAnswer(500);
        var answer = Event(3, format, sequence: 0);
        Assert.Equal(("", 1L), Violations(answer, 50, format, isStream: false));
        Assert.Equal("Changed=1", Violations(answer.Replace("usage", "usagf", StringComparison.Ordinal), 50, format, isStream: false).Counts);
        Assert.Equal("Missing=1", Violations("", 50, format, isStream: false).Counts);
    }

    [Fact]
    public void Comments_AreCountedByWhoseTheyAre()
    {
        var meter = Feed($": edgeproxy   \n\n: keep-alive\n\n: keep-alive\n\n{Event(3, sequence: 0)}{Done}", 5, EventFormat.OfEvent(220), isStream: true);
        Assert.Equal((1, 2, 0), (meter.Primers, meter.KeepAlives, meter.Violations.Total));
    }

    [Fact]
    public void Delay_IsFromTheStampToTheRead()
    {
        var format = EventFormat.OfEvent(220);
        var bytes = new byte[220];
        _ = format.Write(bytes, 0, new(Stream, 0, (1L << 48) - 1000, IsLast: true));
        var meter = Feed(Encoding.ASCII.GetString(bytes) + Done, 10, format, isStream: true, now: 4000);
        Assert.Equal((1, 5000), (meter.Delay.Count, meter.Delay.Max));
    }

    private static string Event(int index, EventFormat? format = null, uint stream = Stream, int? sequence = null)
    {
        format ??= EventFormat.OfEvent(220);
        var bytes = new byte[format.Size];
        Assert.Equal(bytes.Length, format.Write(bytes, 0, new(stream, (uint)(sequence ?? index), 0xabc, IsLast: index == 3)));
        return Encoding.ASCII.GetString(bytes);
    }

    private static (string Counts, long Events) Violations(string body, int piece, EventFormat format, bool isStream = true)
    {
        var meter = Feed(body, piece, format, isStream);
        return (string.Join(',', meter.Violations.ByKind().OrderBy(static kind => kind.Key, StringComparer.Ordinal).Select(static kind => $"{kind.Key}={kind.Value}")), meter.Events);
    }

    private static Meter Feed(string body, int piece, EventFormat format, bool isStream, long now = 0)
    {
        var meter = new Meter { IsOpen = true, Now = now };
        var verifier = new EventVerifier(meter);
        verifier.Begin(format, Stream, isStream);
        foreach (var bytes in Encoding.ASCII.GetBytes(body).Chunk(Math.Min(piece, 1 << 20)))
        {
            verifier.Feed(bytes);
        }

        verifier.End();
        return meter;
    }
}
