using System.Text.Json;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

/// <summary>The recorded provider streams: the events that their index counts, and those that the framework's parser reads.</summary>
public sealed class SseScannerRecordingTests
{
    private static readonly string Folder = FindFolder();

    public static TheoryData<string, int, string> Recordings
    {
        get
        {
            using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "index.json")));
            var data = new TheoryData<string, int, string>();
            foreach (var entry in index.RootElement.EnumerateArray().Where(entry => entry.GetProperty("kind").GetString() == "sse"))
            {
                data.Add(entry.GetProperty("file").GetString()!, entry.GetProperty("events").GetInt32(), entry.GetProperty("lineEndings").GetString()!);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Read_RecordedStream_GivesTheEventsOfItsIndex(string file, int events, string lineEndings)
    {
        var stream = File.ReadAllBytes(Path.Combine(Folder, file));
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

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "EdgeProxy.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests do not run inside the repository.");
        }

        return Path.Combine(folder.FullName, "tests", "data", "recordings");
    }
}
