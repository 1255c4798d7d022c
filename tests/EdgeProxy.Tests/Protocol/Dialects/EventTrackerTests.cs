using System.Text;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Protocol.Dialects;

/// <summary>Each stream is fed whole, a byte at a time, and cut in two at every byte.</summary>
public sealed class EventTrackerTests
{
    private static readonly string[] Kinds = Enum.GetNames<DialectKind>();

    /// <summary>Signals that all dialects share.</summary>
    public static TheoryData<string, string, string> Common
    {
        get
        {
            (string Stream, string Signals)[] rows =
            [
                ("", ""),
                ("data: [DONE]\n\n", "TD"),
                ("data:[DONE]\r\n\r\n", "TD"),
                ("data: \t [DONE] \t \n\n", "TD"),
                ("event: done\nid: 7\ndata: [DONE]\nretry: 5\n\n", "TD"),
                ("data: {}\n\ndata: [DONE]\n\ndata: {}\n\n", "TD"),
                ("data: [DONE]", ""),
                ("data: [DONE]\n", ""),
                ("data: [DONE]\ndata: \n\n", ""),
                ("data\ndata: [DONE]\n\n", ""),
                ("data: [DONE]x\n\n", ""),
                ("data: [DONE] x\n\n", ""),
                ("data: x[DONE]\n\n", ""),
                ("data: [done]\n\n", ""),
                ("data: [DO NE]\n\n", ""),
                ("data: [DO\ndata: NE]\n\n", ""),
                ("data: [DONE\n\n", ""),
                ("data: \"[DONE]\"\n\n", ""),
                (": data: [DONE]\n\n", ""),
                ("event: [DONE]\n\n", ""),
                ("datas: [DONE]\n\n", ""),

                ("data: {\"error\":{\"message\":\"m\"}}\n\n", "E"),
                ("data: {\"error\":\"text\"}\n\n", "E"),
                ("data: {\"error\":{}}\n\n", "E"),
                ("data: {\"error\":[]}\n\n", "E"),
                ("data: {\"error\":true}\n\n", "E"),
                ("data: {\"error\":0}\n\n", "E"),
                ("data: {\"\\u0065rror\":1}\n\n", "E"),
                ("data: {\"a\":[{\"b\":1}],\"error\":{\"error\":null}}\n\n", "E"),
                ("data: {\"error\":null,\"error\":1}\n\n", "E"),
                ("data: {\ndata: \"error\"\ndata: :\ndata: 1}\n\n", "E"),
                ("data: {\"error\":1}\n\ndata: {}\n\n", "E"),
                ("data: {\"error\":1}\n\ndata: [DONE]\n\n", "TDE"),
                ("event: error\ndata: text\n\n", "E"),
                ("data: text\nevent: error\n\n", "E"),
                ("event: error\ndata\n\n", "E"),
                ("event: other\nevent: error\ndata: {}\n\n", "E"),

                ("event: error\n\n", ""),
                ("event: error\n\ndata: {}\n\n", ""),
                ("event: error\ndata: {}\n", ""),
                ("event: error\nevent: other\ndata: {}\n\n", ""),
                ("event: error\nevent\ndata: {}\n\n", ""),
                ("event: errors\ndata: {}\n\n", ""),
                ("event: Error\ndata: {}\n\n", ""),
                ("event:  error\ndata: {}\n\n", ""),
                ("data: {\"error\":null}\n\n", ""),
                ("data: {\"error\":false}\n\n", ""),
                ("data: {\"error\":\"\"}\n\n", ""),
                ("data: {\"error\":1,\"error\":null}\n\n", ""),
                ("data: {\"Error\":1}\n\n", ""),
                ("data: {\"a\":{\"error\":1}}\n\n", ""),
                ("data: [{\"error\":1}]\n\n", ""),
                ("data: \"error\"\n\n", ""),
                ("data: {\"error\":1\n\n", ""),
                ("data: {\"error\":1}}\n\n", ""),
                ("data: {\"error\":1} x\n\n", ""),
                ("data: {\"error\":1}\ndata: {}\n\n", ""),
                ("data: {\"error\":1}\n", ""),
                ("data: {\"error\":1}\nda", ""),
                ("data: {\"er\ndata: ror\":1}\n\n", ""),
                ("data: not json {\"error\":1}\n\n", ""),
                (": {\"error\":1}\n\n", ""),
                ("data: {\"a\":\"\\\"error\\\":1\"}\n\n", ""),
                ("data: {\"a\":1,\n\ndata: {\"a\":1}\n\n", ""),
                ("data: {\"broken\n\ndata: {\"error\":1}\n\n", "E"),
                ("data: ]]]\n\ndata: [DONE]\n\n", "TD"),
            ];
            var data = new TheoryData<string, string, string>();
            foreach (var kind in Kinds)
            {
                foreach (var (stream, signals) in rows)
                {
                    data.Add(kind, stream, signals);
                }
            }

            return data;
        }
    }

    public static TheoryData<string, string, string> Chat => new()
    {
        { "OpenAIChat", Chunks("""{"choices":[{"index":0,"finish_reason":"stop"}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":0,"finish_reason":null}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":0,"finish_reason":""}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":0,"finish_reason":false}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":0}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"finish_reason":"length"}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"finish_reason":"stop","index":0,"delta":{"finish_reason":null,"index":9}}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"delta":{"finish_reason":"stop"}}]}"""), "" },
        { "OpenAIChat", Chunks("""{"finish_reason":"stop"}"""), "" },
        { "OpenAIChat", Chunks("""{"a":[{"finish_reason":"stop"}],"choices":[{}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":{"finish_reason":"stop"}}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[[{"finish_reason":"stop"}]]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[["finish_reason","stop"]]}"""), "" },
        { "OpenAIChat", Chunks("""[{"choices":[{"finish_reason":"stop"}]}]"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"finish_reason":"stop","finish_reason":null}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"finish_reason":null,"finish_reason":"stop"}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"finish_reason":"stop"}],"choices":[]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"finish_reason":"stop"}],"choices":null}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[],"choices":[{"finish_reason":"stop"}]}"""), "T" },

        // Several choices: each needs its own end
        { "OpenAIChat", Chunks("""{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"finish_reason":null}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"finish_reason":"stop"}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"finish_reason":"stop"},{"finish_reason":null}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":1}]}""", """{"choices":[{"index":0,"finish_reason":"stop"}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":1}]}""", """{"choices":[{"index":0,"finish_reason":"stop"}]}""", """{"choices":[{"index":1,"finish_reason":"length"}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":0,"finish_reason":"stop"}]}""", """{"choices":[{"index":1,"delta":{}}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":0,"finish_reason":"stop"}]}""", """{"choices":[{"index":0,"delta":{}}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":127}]}""", """{"choices":[{"index":127,"finish_reason":"stop"}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":0,"finish_reason":"stop"},{"index":128,"finish_reason":"stop"}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":2147483647,"finish_reason":"stop"}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":-1,"finish_reason":"stop"}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":1e9,"finish_reason":"stop"}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":"0","finish_reason":"stop"}]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[null,7,{"index":0,"finish_reason":"stop"}]}"""), "T" },

        // Trailing usage
        { "OpenAIChat", Chunks("""{"choices":[{"index":0}]}""", """{"choices":[],"usage":{"total_tokens":1}}"""), "T" },
        { "OpenAIChat", Chunks("""{"usage":{},"choices":[]}"""), "T" },
        { "OpenAIChat", Chunks("""{"choices":[],"usage":null}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[],"usage":7}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[],"usage":{},"usage":null}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[]}"""), "" },
        { "OpenAIChat", Chunks("""{"usage":{}}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":null,"usage":{}}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[{"index":0}],"usage":{}}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[null],"usage":{}}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[],"prompt_filter_results":[{"usage":{}}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[],"usage":{}}""", """{"choices":[{"index":0}]}"""), "" },
        { "OpenAIChat", Chunks("""{"choices":[],"usage":{}}""", """{"choices":[]}"""), "T" },

        // What is broken off or not JSON says nothing
        { "OpenAIChat", "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n", "" },
        { "OpenAIChat", "data: {\"choices\":[{\"finish_reason\":\"stop\"}]\n\n", "" },
        { "OpenAIChat", "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}{\n\n", "" },
        { "OpenAIChat", "data: {\"choices\":[{\"finish_reason\":\"st\n\ndata: {\"choices\":[{\"index\":0,\"finish_reason\":null}]}\n\n", "" },
        { "OpenAIChat", "data: {\"choices\":\ndata: [{\"finish_reason\":\ndata: \"stop\"}]}\n\n", "T" },

        // OpenRouter's error inside a chunk
        { "OpenAIChat", Chunks("""{"error":{"code":502,"message":"m"},"choices":[{"index":0,"finish_reason":"error"}]}"""), "TE" },

        // Transcriptions; a chat's events have no names
        { "OpenAIChat", Chunks("""{"type":"transcript.text.done","text":"."}"""), "T" },
        { "OpenAIChat", Chunks("""{"type":"transcript.text.delta"}"""), "" },
        { "OpenAIChat", "event: transcript.text.done\ndata: {}\n\n", "" },
        { "OpenAIChat", Chunks("""{"type":"error"}"""), "" },
        { "OpenAIChat", Chunks("""{"type":"response.completed"}""", """{"type":"message_stop"}""", """{"candidates":[{"finishReason":"STOP"}]}"""), "" },
    };

    public static TheoryData<string, string, string> Named => new()
    {
        { "OpenAIResponses", "event: response.completed\ndata: {}\n\n", "T" },
        { "OpenAIResponses", "data: {}\nevent: response.completed\n\n", "T" },
        { "OpenAIResponses", "event: response.failed\ndata: not json\n\n", "T" },
        { "OpenAIResponses", Chunks("""{"type":"response.completed","response":{"error":null}}"""), "T" },
        { "OpenAIResponses", Chunks("""{"response":{"error":{"code":"x"}},"type":"response.failed"}"""), "T" },
        { "OpenAIResponses", Chunks("""{"type":"response.incomplete"}"""), "T" },
        { "OpenAIResponses", Chunks("""{"type":"response.compl\u0065ted"}"""), "T" },
        { "OpenAIResponses", Chunks("""{"type":"response.output_text.done"}""", """{"type":"response.in_progress"}"""), "" },
        { "OpenAIResponses", Chunks("""{"type":"response.image_generation_call.completed"}"""), "" },
        { "OpenAIResponses", Chunks("""{"response":{"type":"response.completed"}}"""), "" },
        { "OpenAIResponses", Chunks("""{"type":["response.completed"]}"""), "" },
        { "OpenAIResponses", Chunks("""{"type":"response.completed","type":"response.created"}"""), "" },
        { "OpenAIResponses", Chunks("""{"type":"response.completed" """), "" },
        { "OpenAIResponses", "event: response.completed\n\n", "" },
        { "OpenAIResponses", "event: response.completed\n\ndata: {}\n\n", "" },
        { "OpenAIResponses", "event: response.completed\ndata: {}\n", "" },
        { "OpenAIResponses", "event: response.completed.more\ndata: {}\n\n", "" },
        { "OpenAIResponses", $"event: response.completed{new string(' ', 64)}\ndata: {{}}\n\n", "" },
        { "OpenAIResponses", Chunks("""{"type":"error","code":"x","message":"m","sequence_number":3}"""), "E" },
        { "OpenAIResponses", Chunks("""{"type":"error","type":"other"}"""), "" },
        { "OpenAIResponses", Chunks("""{"choices":[{"index":0,"finish_reason":"stop"}]}""", """{"type":"message_stop"}"""), "" },

        { "OpenAIImages", "event: image_generation.completed\ndata: {}\n\n", "T" },
        { "OpenAIImages", Chunks("""{"type":"image_generation.completed","b64_json":"AAAA"}"""), "T" },
        { "OpenAIImages", Chunks("""{"b64_json":"AAAA","type":"image_edit.completed"}"""), "T" },
        { "OpenAIImages", Chunks("""{"type":"speech.audio.done"}"""), "T" },
        { "OpenAIImages", Chunks("""{"type":"image_generation.partial_image"}""", """{"type":"speech.audio.delta"}"""), "" },
        { "OpenAIImages", Chunks("""{"type":"completed"}"""), "" },
        { "OpenAIImages", Chunks("""{"type":"error"}"""), "E" },

        { "AnthropicMessages", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", "T" },
        { "AnthropicMessages", "event: message_stop\ndata: {}\n\n", "T" },
        { "AnthropicMessages", Chunks("""{"type":"message_stop"}"""), "T" },
        { "AnthropicMessages", "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n", "" },
        { "AnthropicMessages", "event: ping\ndata: {\"type\": \"ping\"}\n\n", "" },
        { "AnthropicMessages", "event: content_block_delta\ndata: {\"delta\":{\"type\":\"message_stop\"}}\n\n", "" },
        { "AnthropicMessages", "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n", "E" },
        { "AnthropicMessages", Chunks("""{"type":"error"}"""), "E" },

        { "Generic", Chunks("""{"type":"response.completed"}""", """{"type":"message_stop"}""", """{"type":"error"}""", """{"choices":[{"finish_reason":"stop"}]}"""), "" },
        { "Generic", "event: done\ndata: {}\n\n", "" },

        // A JSON-RPC error answers a call (MCP)
        { "Generic", Chunks("""{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"m"}}"""), "" },
        { "Generic", Chunks("""{"error":{"code":-32601},"id":1,"jsonrpc":"2.0"}"""), "" },
        { "Generic", Chunks("""{"jsonrpc":"2.0","result":{}}""", """{"error":{"message":"m"}}"""), "E" },
        { "Generic", Chunks("""{"error":{"jsonrpc":"2.0"}}"""), "E" },
        { "OpenAIChat", Chunks("""{"jsonrpc":"2.0","error":{}}"""), "E" },
    };

    public static TheoryData<string, string, string> Gemini => new()
    {
        { "Gemini", Chunks("""{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}"""), "T" },
        { "Gemini", Chunks("""{"candidates":[{"content":{},"index":0}]}""", """{"candidates":[{"finishReason":"MAX_TOKENS","index":0}],"usageMetadata":{}}"""), "T" },
        { "Gemini", Chunks("""{"candidates":[{"finishReason":"STOP"}]}""", """{"usageMetadata":{}}"""), "T" },
        { "Gemini", Chunks("""{"candidates":[{"finishReason":"STOP"},{"index":1}]}"""), "" },
        { "Gemini", Chunks("""{"candidates":[{"finishReason":null}]}"""), "" },
        { "Gemini", Chunks("""{"candidates":[{"content":{"finishReason":"STOP"}}]}"""), "" },
        { "Gemini", Chunks("""{"candidates":[]}"""), "" },
        { "Gemini", Chunks("""{"finishReason":"STOP"}"""), "" },
        { "Gemini", Chunks("""{"promptFeedback":{"safetyRatings":[{"blockReason":"X"}],"blockReason":"SAFETY"}}"""), "T" },
        { "Gemini", Chunks("""{"promptFeedback":{"blockReason":"OTHER"},"candidates":[]}"""), "T" },
        { "Gemini", Chunks("""{"promptFeedback":{"blockReason":null}}"""), "" },
        { "Gemini", Chunks("""{"promptFeedback":{"safetyRatings":[{"blockReason":"X"}]}}"""), "" },
        { "Gemini", Chunks("""{"promptFeedback":{},"blockReason":"SAFETY"}"""), "" },
        { "Gemini", Chunks("""{"promptFeedback":{},"other":{"blockReason":"SAFETY"}}"""), "" },
        { "Gemini", Chunks("""{"promptFeedback":"x","other":{"blockReason":"SAFETY"}}"""), "" },
        { "Gemini", Chunks("""{"promptFeedback":{"blockReason":"SAFETY"},"promptFeedback":{}}"""), "" },
        { "Gemini", Chunks("""{"promptFeedback":[{"blockReason":"SAFETY"}]}"""), "" },
        { "Gemini", Chunks("""{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}"""), "E" },
        { "Gemini", "data: {\"candidates\": [{\"finishReason\": \"STOP\"}]}\r\n\r\n", "T" },
        { "Gemini", Chunks("""{"type":"message_stop"}""", """{"choices":[{"finish_reason":"stop"}]}"""), "" },
    };

    public static TheoryData<string, string, long> SequenceNumbers => new()
    {
        { "OpenAIResponses", "", 0 },
        { "OpenAIResponses", Chunks("""{"type":"a"}"""), 0 },
        { "OpenAIResponses", Chunks("""{"sequence_number":0}"""), 1 },
        { "OpenAIResponses", Chunks("""{"sequence_number":0}""", """{"type":"x","sequence_number":41}"""), 42 },
        { "OpenAIResponses", Chunks("""{"sequence_number":41}""", """{"type":"x"}"""), 42 },
        { "OpenAIResponses", Chunks("""{"sequence_number":41}""", """{"response":{"sequence_number":99}}"""), 42 },
        { "OpenAIResponses", Chunks("""{"sequence_number":41}""", """{"sequence_number":null}""", """{"sequence_number":"50"}""", """{"sequence_number":-9}""", """{"sequence_number":1.5}"""), 42 },
        { "OpenAIResponses", Chunks("""{"sequence_number":41}""", """{"sequence_number":9223372036854775807}""", """{"sequence_number":99999999999999999999}"""), 42 },
        { "OpenAIResponses", Chunks("""{"sequence_number":9223372036854775806}"""), long.MaxValue },
        { "OpenAIResponses", Chunks("""{"sequence_number":41}""") + "data: {\"sequence_number\":99}\n", 42 },
        { "OpenAIResponses", Chunks("""{"sequence_number":41}""") + "data: {\"sequence_number\":99\n\n", 42 },
        { "OpenAIImages", Chunks("""{"sequence_number":3}"""), 4 },
        { "OpenAIChat", Chunks("""{"sequence_number":3}"""), 0 },
        { "AnthropicMessages", Chunks("""{"sequence_number":3}"""), 0 },
        { "Generic", Chunks("""{"sequence_number":3}"""), 0 },
        { "Gemini", Chunks("""{"sequence_number":3}"""), 0 },
    };

    [Theory]
    [MemberData(nameof(Common))]
    [MemberData(nameof(Chat))]
    [MemberData(nameof(Named))]
    [MemberData(nameof(Gemini))]
    public void Track_StreamCutAnywhere_GivesItsSignals(string kind, string stream, string expected) =>
        AssertHoweverCut(kind, stream, tracker => Assert.Equal(expected, TrackerFeed.Signals(tracker)));

    [Theory]
    [MemberData(nameof(SequenceNumbers))]
    public void Track_SequenceNumbers_GiveTheNext(string kind, string stream, long expected) =>
        AssertHoweverCut(kind, stream, tracker => Assert.Equal(expected, tracker.NextSequenceNumber));

    [Theory]
    [InlineData("", 0)]
    [InlineData("data: x\n\n", 1)]
    [InlineData("data\n\n", 1)]
    [InlineData("data: x\n\ndata: [DONE]\n\n", 2)]
    [InlineData("data: x\n", 0)]
    [InlineData("event: x\n\n: x\n\nid: x\n\n\n\n", 0)]
    public void Track_Events_AreCountedWhenDispatched(string stream, long expected) =>
        AssertHoweverCut("Generic", stream, tracker => Assert.Equal(expected, tracker.EventCount));

    [Theory]
    [InlineData("data: [DONE]\n", true)]
    [InlineData("data: [DONE]", true)]
    [InlineData("data: {}\n\ndata: [DONE]\r\n", true)]
    [InlineData(": x\nevent: done\ndata: [DONE]\nid: 7\n", true)]
    [InlineData("", false)]
    [InlineData("data: [DONE]\n\n", false)]
    [InlineData("data: [DONE", false)]
    [InlineData("data: [DONE]\ndata\n", false)]
    [InlineData("data: x\n", false)]
    [InlineData("event: [DONE]\n", false)]
    public void PendingIsDone_UnfinishedEvent_IsToldFromTheFinished(string stream, bool expected) =>
        AssertHoweverCut("OpenAIChat", stream, tracker => Assert.Equal(expected, tracker.PendingIsDone));

    [Fact]
    public void Track_ChoicesThatAppearLater_ReopenTheAnswer()
    {
        var tracker = Dialect.Of(DialectKind.OpenAIChat).CreateTracker();
        var scanner = default(SseScanner);

        TrackerFeed.Feed(tracker, ref scanner, "data: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\n\n"u8);
        Assert.True(tracker.SawTerminal);
        TrackerFeed.Feed(tracker, ref scanner, "data: {\"choices\":[{\"index\":1,\"finish_reason\":null}]}\n\n"u8);
        Assert.False(tracker.SawTerminal);
        TrackerFeed.Feed(tracker, ref scanner, "data: {\"choices\":[{\"index\":1,\"finish_reason\":\"stop\"}]}\n\n"u8);
        Assert.True(tracker.SawTerminal);
    }

    [Fact]
    public void Track_HostileData_GivesNoSignalAndResyncs()
    {
        byte[][] events =
        [
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", 100_000))),
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"error\":", 100_000))),
            Encoding.UTF8.GetBytes("{\"error\":\"" + new string('x', 100_000)),
            Encoding.UTF8.GetBytes(new string(' ', 100_000) + "[DONE" + new string(' ', 100_000) + "]"),
            [(byte)'{', (byte)'"', 0xFF, 0xC0, (byte)'"', (byte)':', (byte)'1', (byte)'}'],
            [0x00, 0xFF, 0xFE, 0x80, 0xC3],
            Encoding.UTF8.GetBytes("{\"" + new string('e', 100_000) + "\":1,\"type\":\"" + new string('t', 100_000) + "\"}"),
        ];
        foreach (var kind in Kinds)
        {
            foreach (var data in events)
            {
                byte[] stream = [.. "event: "u8, .. data.Take(5000).Where(value => value is not ((byte)'\n' or (byte)'\r')), .. "\ndata: "u8, .. data, .. "\n\n"u8];
                Assert.Equal("", TrackerFeed.Signals(TrackerFeed.Of(kind, stream)));
                Assert.Equal("E", TrackerFeed.Signals(TrackerFeed.Of(kind, [.. stream, .. "data: {\"error\":1}\n\n"u8], 997)));
            }
        }
    }

    [Fact]
    public void Track_Events_AllocateNothing()
    {
        var stream = """
            event: response.output_text.delta
            data: {"type":"a","sequence_number":3,"error":null,"choices":[{"index":0,"delta":{"content":"abc"},"finish_reason":null}],"usage":{"a":1}}

            data: {"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"promptFeedback":{"blockReason":"X"}}

            data: [DONE]


            """u8.ToArray();
        foreach (var kind in Enum.GetValues<DialectKind>())
        {
            var tracker = Dialect.Of(kind).CreateTracker();
            var scanner = default(SseScanner);
            TrackerFeed.Feed(tracker, ref scanner, stream);
            var allocated = Allocations.Of(() =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    TrackerFeed.Feed(tracker, ref scanner, stream);
                }
            });

            Assert.Equal(0, allocated);
            Assert.True(tracker.SawDone);
        }
    }

    private static string Chunks(params string[] data) => string.Concat(data.Select(chunk => $"data: {chunk}\n\n"));

    private static void AssertHoweverCut(string kind, string stream, Action<EventTracker> assert)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        assert(TrackerFeed.Of(kind, bytes));
        assert(TrackerFeed.Of(kind, bytes, 1));
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var tracker = Dialect.Of(Enum.Parse<DialectKind>(kind)).CreateTracker();
            var scanner = default(SseScanner);
            TrackerFeed.Feed(tracker, ref scanner, bytes.AsSpan(0, cut));
            TrackerFeed.Feed(tracker, ref scanner, bytes.AsSpan(cut));
            assert(tracker);
        }
    }
}
