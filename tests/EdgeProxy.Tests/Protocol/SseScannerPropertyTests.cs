using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace EdgeProxy.Tests.Protocol;

/// <summary>Generated streams against the standard's text and the framework's parser, in pieces of any length.</summary>
public sealed class SseScannerPropertyTests
{
    private static Gen<string> LineEnd => Gen.Elements("\n", "\n", "\r\n", "\r");

    /// <summary>What an upstream might send, with the rare cases made common.</summary>
    private static Gen<string> Line => Gen.Frequency(
        (5, Field(Gen.Elements("data", "data", "data", "event", "id", "retry"))),
        (1, Field(Gen.Elements("dat", "datax", "Data", "DATA", " data", "data ", "events", "i", "ids", "retr", "x", "é", "\uFEFFdata"))),
        (1, Gen.Constant(":")),
        (1, from text in Value select ": " + text),
        (4, Gen.Constant("")));

    private static Gen<string> Value => Gen.Frequency(
        (3, Gen.Elements("", "x", " ", "  two spaces", "\ttab", "a:b", ":", "[DONE]", "3000", "0", "\0", "\u000B\u000C\u0085\u2028", "\uFEFF")),
        (1, Gen.Elements("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\" the é€😀\"}}]}")),
        (1, Gen.Choose(0, 90).Select(length => new string('v', length))));

    private static Gen<string> Stream =>
        from mark in Gen.Frequency((6, Gen.Constant("")), (1, Gen.Constant("\uFEFF")), (1, Gen.Constant("\uFEFF\uFEFF")))
        from lines in (from line in Line from end in LineEnd select line + end).ListOf()
        from rest in Gen.Frequency((2, Gen.Constant("")), (1, Line))
        select mark + string.Concat(lines) + rest;

    /// <summary>What nobody would send: the parts of lines in any order.</summary>
    private static Gen<string> Rubble => Gen.Elements(
        "d", "data", "ta", "event", "id", "retry", "e", "x", ":", ":", " ", "\n", "\n", "\r", "\r", "\r\n", "\uFEFF", "é", "data: ", "\n\n").ListOf().Select(string.Concat);

    [Fact]
    public void Read_GeneratedStreamInAnyPieces_GivesTheSameLinesAndEvents() => Check(Stream);

    [Fact]
    public void Read_RubbleInAnyPieces_GivesTheSameLinesAndEvents() => Check(Rubble);

    private static Gen<string> Field(Gen<string> names) =>
        from name in names
        from colon in Gen.Frequency((4, Gen.Constant(": ")), (2, Gen.Constant(":")), (1, Gen.Constant("")))
        from value in Value
        select colon.Length == 0 ? name : name + colon + value;

    private static void Check(Gen<string> streams)
    {
        var cases = from text in streams
                    let stream = Encoding.UTF8.GetBytes(text)
                    from cuts in Gen.Choose(0, stream.Length).ListOf()
                    select (Stream: stream, Cuts: cuts);
        Prop.ForAll(cases.ToArbitrary(), sample =>
        {
            var (stream, cuts) = sample;
            var prefixes = Enumerable.Range(0, stream.Length + 1).Select(length => new SseReference(stream.AsSpan(0, length))).ToArray();
            var reference = prefixes[^1];
            var events = SseReading.Oracle(stream);
            var pieces = cuts.Order().Prepend(0).Zip(cuts.Order(), (from, to) => to - from).ToArray();
            AssertReading(SseReading.Of(stream, pieces));
            for (var cut = 0; cut <= stream.Length; cut++)
            {
                AssertReading(SseReading.Of(stream, cut));
            }

            var bytewise = new SseReading();
            for (var length = 0; length <= stream.Length; length++)
            {
                AssertStanding(prefixes[length], bytewise);
                bytewise.Feed(stream.AsSpan(length, length < stream.Length ? 1 : 0));
            }

            AssertReading(bytewise);

            void AssertReading(SseReading reading)
            {
                AssertSame(reference.Lines, reading.Lines);
                AssertSame(events, reading.EventsAsTheFrameworkNamesThem);
                AssertStanding(reference, reading);
                Assert.True(reading.Boundaries.TrueForAll(offset => prefixes[offset].IsAtBoundary));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static void AssertStanding(SseReference expected, SseReading actual)
    {
        Assert.Equal(expected.IsAtBoundary, actual.Scanner.IsAtBoundary);
        Assert.Equal(expected.EndsWithCr, actual.Scanner.EndsWithCr);
        Assert.Equal(expected.LineEnding, actual.Scanner.LineEnding);
        Assert.Equal(expected.SawId, actual.Scanner.SawId);
        Assert.Equal(expected.Events, actual.Events.Count);
    }

    // Assert.Equal explains a difference well, but takes most of the time where there is none.
    private static void AssertSame<T>(List<T> expected, List<T> actual)
    {
        if (!expected.SequenceEqual(actual))
        {
            Assert.Equal(expected, actual);
        }
    }
}
