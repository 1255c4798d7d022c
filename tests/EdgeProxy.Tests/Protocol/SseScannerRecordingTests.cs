using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

/// <summary>The recorded provider streams: the events that their index counts, and those that the framework's parser reads.</summary>
public sealed class SseScannerRecordingTests
{
    public static TheoryData<string, int, string> Streams
    {
        get
        {
            var data = new TheoryData<string, int, string>();
            foreach (var entry in Recordings.EventStreams())
            {
                data.Add(entry.GetProperty("file").GetString()!, entry.GetProperty("events").GetInt32(), entry.GetProperty("lineEndings").GetString()!);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Read_RecordedStream_GivesTheEventsOfItsIndex(string file, int events, string lineEndings)
    {
        var stream = Recordings.Read(file);
        var expected = SseReading.Oracle(stream);
        Assert.Equal(events, expected.Count);

        foreach (var length in new[] { stream.Length, 4096, 1448, 97, 13, 1 })
        {
            var reading = new SseReading();
            foreach (var piece in stream.Chunk(length))
            {
                reading.Feed(piece);
            }

            Assert.Equal(expected, reading.EventsAsTheFrameworkNamesThem);
            Assert.True(reading.Scanner.IsAtBoundary);
            Assert.Equal(lineEndings, reading.Scanner.LineEnding switch
            {
                LineEnding.Lf => "lf",
                LineEnding.CrLf => "crlf",
                LineEnding.Cr => "cr",
                _ => "none",
            });
        }
    }
}
