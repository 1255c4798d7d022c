using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Relay;

/// <summary>What real providers sent arrives as they sent it, however it was cut on the way and whichever protocol either side speaks.</summary>
public sealed class RecordingRelayTests(RelayFixture fixture)
{
    /// <summary>The ending that EdgeProxy owes the client where the provider left it out: Groq sends an error event and no <c>[DONE]</c>.</summary>
    private static readonly Dictionary<string, string> Added = new() { ["groq-chat-2.sse"] = "data: [DONE]\n\n" };

    /// <summary>
    /// Every recording over every combination, whole, around line ends and byte by byte; UTF-8 cuts only where there is UTF-8. The paced
    /// runs cost real time: short recordings over the main combination.
    /// </summary>
    public static TheoryData<string, Fragmentation, ClientProtocol, bool> Runs()
    {
        var runs = new TheoryData<string, Fragmentation, ClientProtocol, bool>();
        foreach (var recording in Recordings.EventStreams)
        {
            foreach (var protocol in Enum.GetValues<ClientProtocol>())
            {
                runs.Add(recording.File, Fragmentation.Whole, protocol, false);
                runs.Add(recording.File, Fragmentation.Whole, protocol, true);
                runs.Add(recording.File, Fragmentation.AroundLineEnds, protocol, false);
                runs.Add(recording.File, Fragmentation.AroundLineEnds, protocol, true);
                runs.Add(recording.File, Fragmentation.ByteByByte, protocol, false);
                runs.Add(recording.File, Fragmentation.ByteByByte, protocol, true);
                if (recording.NonAscii)
                {
                    runs.Add(recording.File, Fragmentation.InsideUtf8, protocol, false);
                    runs.Add(recording.File, Fragmentation.InsideUtf8, protocol, true);
                }
            }

            if (recording.Bytes.Length < 10_000)
            {
                runs.Add(recording.File, Fragmentation.Paced, ClientProtocol.Http1, false);
            }
        }

        return runs;
    }

    public static TheoryData<string, ClientProtocol, bool> BinaryRuns()
    {
        var runs = new TheoryData<string, ClientProtocol, bool>();
        foreach (var recording in Recordings.All.Where(static recording => !recording.IsEventStream))
        {
            foreach (var protocol in Enum.GetValues<ClientProtocol>())
            {
                runs.Add(recording.File, protocol, false);
                runs.Add(recording.File, protocol, true);
            }
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public async Task EventStream_AnyCutAnyProtocol_ClientSeesTheSameEventsAndBytes(string file, Fragmentation fragmentation, ClientProtocol protocol, bool http2Backend)
    {
        var recording = Recordings.Get(file);
        byte[] expected = [.. recording.Bytes, .. Encoding.ASCII.GetBytes(Added.GetValueOrDefault(file, ""))];

        using var answer = await fixture.RelayAsync(recording, fragmentation, protocol, http2Backend);
        var body = await answer.Content.ReadAsByteArrayAsync(Patience.Token());

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(recording.ContentType, answer.Content.Headers.NonValidated["Content-Type"].ToString());
        Assert.Equal(Sse.Parse(expected), Sse.Parse(body));
        Assert.True(expected.AsSpan().SequenceEqual(body), "The events are the same, the bytes are not.");
    }

    [Theory]
    [MemberData(nameof(BinaryRuns))]
    public async Task OtherStream_AnyProtocol_PassesByteForByte(string file, ClientProtocol protocol, bool http2Backend)
    {
        var recording = Recordings.Get(file);

        using var answer = await fixture.RelayAsync(recording, Fragmentation.ByteByByte, protocol, http2Backend);
        var body = await answer.Content.ReadAsByteArrayAsync(Patience.Token());

        Assert.Equal(recording.ContentType, answer.Content.Headers.NonValidated["Content-Type"].ToString());
        Assert.True(recording.Bytes.AsSpan().SequenceEqual(body));
    }
}
