using System.Globalization;
using System.Text;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Tests.Protocol.Dialects;

/// <summary>
/// An event that is told apart from the last one only by values nobody looks at is not read. Whether that is ever seen: the same
/// stream byte by byte, where every event is read, must leave the tracker in the same state after each event.
/// </summary>
public sealed class EventTemplateTests
{
    private static readonly string[] Kinds = ["OpenAIChat", "Generic", "Gemini", "AnthropicMessages", "OpenAIResponses"];

    // %: a word, #: a number, ?: a finish reason or null, ^: a small index, ~: any JSON value.
    private static readonly string[] Shapes =
    [
        """{"id":"%","object":"chat.completion.chunk","created":#,"model":"%","choices":[{"index":^,"delta":{"content":"%"},"logprobs":null,"finish_reason":?}]}""",
        """{"id":"%","choices":[{"delta":{"content":"%"},"index":^,"finish_reason":?}],"usage":null,"obfuscation":"%"}""",
        """{"id":"%","choices":[{"delta":{"content":"%"},"index":0,"finish_reason":?},{"delta":{"content":"%"},"index":^,"finish_reason":?}]}""",
        """{"id":"%","choices":[],"usage":{"prompt_tokens":#,"completion_tokens":#}}""",
        """{"id": "%", "choices": [{"index": ^, "finish_reason": ?}]}""",
        """{"error":~,"id":"%"}""",
        """{"type":"%","delta":{"type":"text_delta","text":"%"},"index":#}""",
        """{"type":"error","error":{"message":"%"}}""",
        """{"type":"message_stop","id":"%"}""",
        """{"jsonrpc":"2.0","id":#,"error":{"message":"%"}}""",
        """{"candidates":[{"content":{"parts":[{"text":"%"}]},"finishReason":?,"index":^}],"usageMetadata":{"totalTokenCount":#}}""",
        """{"candidates":[],"promptFeedback":{"blockReason":?},"responseId":"%"}""",
        """{"sequence_number":#,"type":"response.output_text.delta","delta":"%"}""",
        """{"list":["%","%",#,~],"x":~}""",
        """[{"choices":[{"index":^,"finish_reason":?}]},"%"]""",
        """{"choices":"%","choices":[{"index":^,"finish_reason":?}]}""",
    ];

    private static readonly string[] Words =
        ["", "a", "word", " two words", "ünïcode ✓", "error", "stop", "message_stop", "\\\"", "\\u0065rror", "\\n", "a\\\\", "[DONE]", "null", "}],", "\"x", "\t", new('l', 70), new('L', 1100)];

    private static readonly string[] Numbers = ["0", "1", "7", "12", "123456789", "01", "-3", "1.5", "1e9", "", "x", "00", "9 ", "1-2"];

    private static readonly string[] Reasons = ["null", "null", "null", "null", "null", "\"\"", "\"stop\"", "false", "\"length\"", "{}"];

    private static readonly string[] Values = ["null", "\"%\"", "#", "{}", "{\"code\":#}", "[]", "false", "true", "\"\"", "[\"%\"]"];

    public static TheoryData<string, int> Streams
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var kind in Kinds)
            {
                for (var seed = 0; seed < 40; seed++)
                {
                    data.Add(kind, seed);
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Streams))]
    public void AnyStream_WholeOrByteByByte_TellsTheSameAfterEachEvent(string kind, int seed)
    {
        var random = new Random(seed);
        var dialect = Dialect.Of(Enum.Parse<DialectKind>(kind));
        var (whole, cut) = (dialect.CreateTracker(), dialect.CreateTracker());
        var (wholeScanner, cutScanner) = (default(SseScanner), default(SseScanner));
        var shape = "";
        for (var i = 0; i < 300; i++)
        {
            // Mostly the last one again, so that there is something to recognise.
            shape = i == 0 || random.Next(6) == 0 ? Shapes[random.Next(Shapes.Length)] : shape;
            var name = random.Next(10) switch { 0 => "event: error\n", 1 => "event: message_stop\n", 2 or 3 => "event: delta\n", _ => "" };
            var text = Encoding.UTF8.GetBytes($"{name}data: {Fill(shape, random)}\n\n");
            TrackerFeed.Feed(whole, ref wholeScanner, text);
            foreach (var next in text)
            {
                TrackerFeed.Feed(cut, ref cutScanner, [next]);
            }

            var expected = (TrackerFeed.Signals(cut), cut.EventCount, cut.NextSequenceNumber);
            Assert.True(expected == (TrackerFeed.Signals(whole), whole.EventCount, whole.NextSequenceNumber), $"Event {i}: {Encoding.UTF8.GetString(text)}: {expected}");
        }
    }

    /// <summary>Pairs of data where the second must, or must not, be taken for a repetition of the first.</summary>
    [Theory]
    [InlineData("""{"a":"x"}""", """{"a":"other"}""", true)]
    [InlineData("""{"a":"x"}""", """{"a":""}""", true)]
    [InlineData("""{"a":"","b":1}""", """{"a":"word","b":20}""", true)]
    [InlineData("""{"a":"x","b":[{"c":"y","d":1}],"e":"z"}""", """{"a":"x1","b":[{"c":"","d":17}],"e":"zzz"}""", true)]
    [InlineData("""{"id":"1","model":"m","choices":[{"index":0,"delta":{"content":" a"},"finish_reason":null}]}""", """{"id":"1","model":"m","choices":[{"index":0,"delta":{"content":" sea"},"finish_reason":null}]}""", true)]
    [InlineData("""{"a":"x"}""", """{"a":"x\""}""", false)]
    [InlineData("""{"a":"x"}""", """{"a":"x","b":1}""", false)]
    [InlineData("""{"a":"x"}""", """{"a":1}""", false)]
    [InlineData("""{"a":1}""", """{"a":01}""", false)]
    [InlineData("""{"a":0}""", """{"a":05}""", false)]
    [InlineData("""{"a":5}""", """{"a":}""", false)]
    [InlineData("""{"a":5}""", """{"a":5.5}""", false)]
    [InlineData("""{"a":5}""", """{"b":5}""", false)]
    [InlineData("""{"type":"x"}""", """{"type":"error"}""", false)]
    [InlineData("""{"choices":[{"index":0,"finish_reason":null}]}""", """{"choices":[{"index":0,"finish_reason":"stop"}]}""", false)]
    [InlineData("""{"choices":[{"index":0,"finish_reason":null}]}""", """{"choices":[{"index":1,"finish_reason":null}]}""", false)]
    [InlineData("""{"a":["x"]}""", """{"a":["y"]}""", false)]
    public void Repetition_IsWhatDiffersInNobodysValuesAlone(string first, string second, bool repeats)
    {
        var template = TemplateOf(first);

        Assert.Equal(repeats, template.Matches("name"u8, Encoding.UTF8.GetBytes(second)));
        Assert.True(template.Matches("name"u8, Encoding.UTF8.GetBytes(first)));
        Assert.False(template.Matches("other"u8, Encoding.UTF8.GetBytes(first)));
    }

    private static EventTemplate TemplateOf(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var name = default(JsonTokenValue);
        name.Append("name"u8);
        var template = new EventTemplate();
        var scanner = default(JsonScanner);
        template.Begin(in name, bytes);
        var position = 0;
        while (scanner.TryRead(bytes, ref position))
        {
            template.OnToken(in scanner, position);
        }

        return template;
    }

    private static string Fill(string shape, Random random)
    {
        var text = new StringBuilder();
        foreach (var next in shape)
        {
            text.Append(next switch
            {
                '%' => random.Next(4) == 0 ? Words[random.Next(Words.Length)] : "w" + random.Next(1000).ToString(CultureInfo.InvariantCulture),
                '#' => random.Next(8) == 0 ? Numbers[random.Next(Numbers.Length)] : random.Next(3000).ToString(CultureInfo.InvariantCulture),
                '?' => random.Next(5) == 0 ? Reasons[random.Next(Reasons.Length)] : "null",
                '^' => random.Next(6) == 0 ? random.Next(4).ToString(CultureInfo.InvariantCulture) : "0",
                '~' => Fill(Values[random.Next(Values.Length)], random),
                _ => next.ToString(),
            });
        }

        return text.ToString();
    }
}
