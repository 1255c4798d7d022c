using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Tests.Protocol.Dialects;

public sealed class FramesTests
{
    private const string Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

    private const string EmptyChunk =
        "data: {\"id\":\"chatcmpl-req-1\",\"object\":\"chat.completion.chunk\",\"created\":1762420000,\"model\":\"edgeproxy\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":null}]}\n\n";

    public static TheoryData<string, string, string, bool, string> KeepAlives => new()
    {
        { "OpenAIChat", "Auto", "Unknown", false, ": keep-alive\n\n" },
        { "OpenAIChat", "Auto", "CrLf", false, ": keep-alive\n\n" },
        { "OpenAIChat", "Auto", "Lf", true, ": keep-alive\n" },
        { "Generic", "Auto", "Lf", false, ": keep-alive\n\n" },
        { "OpenAIResponses", "Auto", "Lf", false, ": keep-alive\n\n" },
        { "OpenAIImages", "Auto", "Lf", true, ": keep-alive\n" },
        { "AnthropicMessages", "Auto", "Lf", false, Ping },
        { "AnthropicMessages", "Auto", "Lf", true, Ping },
        { "Gemini", "Auto", "Unknown", false, "\r\n\r\n" },
        { "Gemini", "Auto", "CrLf", true, "\r\n\r\n" },
        { "Gemini", "Auto", "Lf", false, "\n\n" },
        { "Gemini", "Auto", "Cr", false, "\r\r" },

        { "AnthropicMessages", "Comment", "Lf", false, ": keep-alive\n\n" },
        { "AnthropicMessages", "Comment", "Lf", true, ": keep-alive\n" },
        { "Gemini", "Comment", "CrLf", false, ": keep-alive\n\n" },
        { "Gemini", "CommentLine", "CrLf", false, ": keep-alive\n" },
        { "OpenAIChat", "CommentLine", "Lf", false, ": keep-alive\n" },
        { "OpenAIChat", "Ping", "Lf", false, Ping },
        { "Gemini", "Ping", "CrLf", false, "\r\n\r\n" },
        { "OpenAIChat", "EmptyChunk", "Lf", true, EmptyChunk },
        { "Generic", "EmptyChunk", "Lf", false, EmptyChunk },
        { "OpenAIResponses", "EmptyChunk", "Lf", false, ": keep-alive\n\n" },
        { "OpenAIImages", "EmptyChunk", "Lf", false, ": keep-alive\n\n" },
        { "AnthropicMessages", "EmptyChunk", "Lf", false, Ping },
        { "Gemini", "EmptyChunk", "Lf", false, "\n\n" },
        { "OpenAIChat", "BlankLine", "Unknown", false, "\r\n\r\n" },
        { "OpenAIChat", "BlankLine", "Lf", true, "\n\n" },
        { "OpenAIChat", "None", "Lf", false, "" },
        { "AnthropicMessages", "None", "Lf", false, "" },
        { "Gemini", "None", "Lf", false, "" },
    };

    public static TheoryData<string, string, string, bool, int, string> Primers => new()
    {
        { "OpenAIChat", "Auto", "Unknown", false, 0, ": edgeproxy\n\n" },
        { "OpenAIChat", "Auto", "Unknown", true, 0, ": edgeproxy\n" },
        { "AnthropicMessages", "Auto", "Unknown", false, 0, ": edgeproxy\n\n" },
        { "Generic", "Comment", "CrLf", false, 0, ": edgeproxy\n\n" },
        { "Generic", "CommentLine", "CrLf", false, 0, ": edgeproxy\n" },
        { "OpenAIResponses", "Ping", "Unknown", false, 0, ": edgeproxy\n\n" },
        { "OpenAIImages", "None", "Unknown", false, 0, ": edgeproxy\n\n" },
        { "OpenAIChat", "EmptyChunk", "Unknown", false, 0, ": edgeproxy\n\n" },
        { "OpenAIChat", "BlankLine", "Unknown", false, 0, "\r\n\r\n" },
        { "OpenAIChat", "BlankLine", "Lf", true, 0, "\n\n" },
        { "Gemini", "Auto", "Unknown", false, 0, "\r\n\r\n" },
        { "Gemini", "Auto", "Lf", false, 0, "\n\n" },
        { "Gemini", "Ping", "Unknown", false, 0, "\r\n\r\n" },
        { "Gemini", "EmptyChunk", "Cr", false, 0, "\r\r" },
        { "Gemini", "None", "Unknown", true, 0, "\r\n\r\n" },
        { "Gemini", "BlankLine", "CrLf", false, 0, "\r\n\r\n" },
        { "Gemini", "Comment", "Unknown", false, 0, ": edgeproxy\n\n" },
        { "Gemini", "CommentLine", "Unknown", false, 0, ": edgeproxy\n" },

        { "OpenAIChat", "Auto", "Unknown", false, -1, ": edgeproxy\n\n" },
        { "OpenAIChat", "Auto", "Unknown", false, 13, ": edgeproxy\n\n" },
        { "OpenAIChat", "Auto", "Unknown", false, 14, ": edgeproxy \n\n" },
        { "OpenAIChat", "Auto", "Unknown", true, 14, ": edgeproxy  \n" },
        { "OpenAIChat", "CommentLine", "Unknown", false, 16, ": edgeproxy    \n" },
        { "Gemini", "Auto", "Unknown", false, 4, "\r\n\r\n" },
        { "Gemini", "Auto", "Unknown", false, 5, "\r\n\r\n\r\n" },
        { "Gemini", "Auto", "Unknown", false, 6, "\r\n\r\n\r\n" },
        { "Gemini", "Auto", "Lf", false, 5, "\n\n\n\n\n" },
        { "Gemini", "Comment", "Lf", false, 15, ": edgeproxy  \n\n" },
    };

    [Theory]
    [MemberData(nameof(KeepAlives))]
    public void KeepAlive_Frame_IsTheContracts(string kind, string frame, string lineEnding, bool singleNewline, string expected) => Assert.Equal(
        expected,
        Text(Frames.KeepAlive(Enum.Parse<KeepAliveFrame>(frame), Of(kind), Enum.Parse<LineEnding>(lineEnding), singleNewline, "req-1", 1762420000)));

    [Theory]
    [MemberData(nameof(Primers))]
    public void Primer_Frame_IsTheContracts(string kind, string frame, string lineEnding, bool singleNewline, int padding, string expected) => Assert.Equal(
        expected,
        Text(Frames.Primer(Enum.Parse<KeepAliveFrame>(frame), Of(kind), Enum.Parse<LineEnding>(lineEnding), singleNewline, padding)));

    [Fact]
    public void Frames_OfEveryKind_AreWholeAndTellNothing()
    {
        foreach (var kind in Enum.GetNames<DialectKind>())
        {
            foreach (var frame in Enum.GetValues<KeepAliveFrame>())
            {
                foreach (var lineEnding in Enum.GetValues<LineEnding>())
                {
                    var primer = Frames.Primer(frame, Of(kind), lineEnding, false, 4096);
                    var keepAlive = Frames.KeepAlive(frame, Of(kind), lineEnding, false, "req-1", 1);
                    byte[] stream = [.. primer.Span, .. keepAlive.Span, .. "data: {}\n\n"u8];

                    Assert.Equal(4096, primer.Length);
                    var scanner = default(SseScanner);
                    var tracker = Of(kind).CreateTracker();
                    TrackerFeed.Feed(tracker, ref scanner, primer.Span);
                    Assert.True(scanner.IsAtBoundary);
                    Assert.Equal(0, tracker.EventCount);
                    TrackerFeed.Feed(tracker, ref scanner, keepAlive.Span);
                    Assert.True(scanner.IsAtBoundary);
                    Assert.Equal("", TrackerFeed.Signals(tracker));
                    Assert.Equal("{}", SseParser.Create(new MemoryStream(stream)).Enumerate().Last().Data);
                }
            }
        }
    }

    [Fact]
    public void KeepAlive_ThatIsTheSameForAll_AllocatesNothing()
    {
        var (dialect, anthropic) = (Of("Gemini"), Of("AnthropicMessages"));
        Frames.KeepAlive(KeepAliveFrame.Auto, dialect, LineEnding.Lf, false, "", 0);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            Frames.KeepAlive(KeepAliveFrame.Auto, dialect, LineEnding.Lf, false, "", 0);
            Frames.KeepAlive(KeepAliveFrame.Ping, anthropic, LineEnding.Lf, false, "", 0);
            Frames.Primer(KeepAliveFrame.Comment, dialect, LineEnding.Lf, false, 0);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void FinishChunk_Chat_IsAnErrorFinishThatItsTrackerTakesForTheEnd()
    {
        var chunk = Text(Frames.FinishChunk("req-1", 1762420000));

        Assert.Equal(EmptyChunk.Replace("null", "\"error\"", StringComparison.Ordinal), chunk);
        Assert.Equal("T", TrackerFeed.Signals(TrackerFeed.Of("OpenAIChat", chunk)));
    }

    [Theory]
    [MemberData(nameof(HostileTexts.Names), MemberType = typeof(HostileTexts))]
    public void Chunk_HostileRequestId_IsStillOneEvent(string name)
    {
        var requestId = HostileTexts.All[name];
        foreach (var chunk in new[] { Frames.FinishChunk(requestId, 1), Frames.KeepAlive(KeepAliveFrame.EmptyChunk, Of("OpenAIChat"), LineEnding.Lf, false, requestId, 1) })
        {
            var item = Assert.Single(SseParser.Create(new MemoryStream(chunk.ToArray())).Enumerate());
            Assert.Equal($"data: {item.Data}\n\n", Text(chunk));
            using var json = JsonDocument.Parse(item.Data);
            Assert.StartsWith("chatcmpl-", json.RootElement.GetProperty("id").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Done_ReadByAnyTracker_IsTheEnd()
    {
        Assert.Equal("data: [DONE]\n\n", Text(Frames.Done));
        Assert.All(Enum.GetNames<DialectKind>(), kind => Assert.Equal("TD", TrackerFeed.Signals(TrackerFeed.Of(kind, Frames.Done.Span))));
    }

    private static Dialect Of(string kind) => Dialect.Of(Enum.Parse<DialectKind>(kind));

    private static string Text(ReadOnlyMemory<byte> frame) => Encoding.UTF8.GetString(frame.Span);
}
