using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Tests.Protocol.Dialects;

/// <summary>What the trackers make of real provider streams.</summary>
public sealed class EventTrackerRecordingTests
{
    /// <summary>Recording, dialect, signals (T: terminal, D: [DONE], E: error), next sequence number.</summary>
    public static TheoryData<string, string, string, long> Streams => new()
    {
        { "anthropic-messages-1.sse", "AnthropicMessages", "T", 0 },
        { "anthropic-messages-2.sse", "AnthropicMessages", "T", 0 },
        { "anthropic-messages-3.sse", "AnthropicMessages", "T", 0 },
        { "anthropic-messages-4.sse", "AnthropicMessages", "T", 0 },
        { "anthropic-messages-5.sse", "AnthropicMessages", "T", 0 },
        { "azure-chat-1.sse", "OpenAIChat", "TD", 0 },
        { "azure-chat-2.sse", "OpenAIChat", "TD", 0 },
        { "azure-chat-deepseek-1.sse", "OpenAIChat", "TD", 0 },
        { "bedrockmantle-responses-1.sse", "OpenAIResponses", "T", 7 },
        { "cohere-chatv2-1.sse", "Generic", "TD", 0 },
        { "deepseek-chat-1.sse", "OpenAIChat", "TD", 0 },
        { "deepseek-responses-1.sse", "OpenAIResponses", "T", 27 },
        { "gemini-streamGenerateContent-1.sse", "Gemini", "T", 0 },
        { "gemini-streamGenerateContent-2.sse", "Gemini", "T", 0 },
        { "gemini-streamGenerateContent-3.sse", "Gemini", "T", 0 },
        { "gemini-streamGenerateContent-4.sse", "Gemini", "T", 0 },
        { "groq-chat-1.sse", "OpenAIChat", "TD", 0 },
        { "groq-chat-2.sse", "OpenAIChat", "E", 0 },
        { "groq-chat-3.sse", "OpenAIChat", "TD", 0 },
        { "huggingface-chat-1.sse", "OpenAIChat", "TD", 0 },
        { "mcp-streamablehttp-1.sse", "Generic", "", 0 },
        { "mistral-chat-1.sse", "OpenAIChat", "TD", 0 },
        { "mistral-chat-2.sse", "OpenAIChat", "TD", 0 },
        { "openai-assistants-1.sse", "Generic", "TD", 0 },
        { "openai-chat-1.sse", "OpenAIChat", "TD", 0 },
        { "openai-chat-2.sse", "OpenAIChat", "TD", 0 },
        { "openai-chat-3.sse", "OpenAIChat", "TD", 0 },
        { "openai-chat-4.sse", "OpenAIChat", "TD", 0 },
        { "openai-completions-1.sse", "OpenAIChat", "TD", 0 },
        { "openai-responses-1.sse", "OpenAIResponses", "T", 86 },
        { "openai-responses-2.sse", "OpenAIResponses", "T", 270 },
        { "openai-responses-3.sse", "OpenAIResponses", "T", 17 },
        { "openai-responses-4.sse", "OpenAIResponses", "T", 401 },
        { "openai-responses-5.sse", "OpenAIResponses", "T", 61 },
        { "openai-responses-6.sse", "OpenAIResponses", "T", 264 },
        { "openai-responses-image-1.sse", "OpenAIResponses", "T", 16 },
        { "openai-transcriptions-1.sse", "OpenAIChat", "TD", 0 },
        { "openrouter-chat-1.sse", "OpenAIChat", "TDE", 0 },
        { "openrouter-chat-2.sse", "OpenAIChat", "TD", 0 },
        { "openrouter-responses-1.sse", "OpenAIResponses", "TD", 40 },
        { "perplexity-chat-1.sse", "OpenAIChat", "TD", 0 },
        { "replicate-streams-1.sse", "Generic", "", 0 },
        { "snowflake-chat-1.sse", "OpenAIChat", "TD", 0 },
        { "synthetic-openai-images-1.sse", "OpenAIImages", "T", 0 },
        { "vertex-streamGenerateContent-1.sse", "Gemini", "T", 0 },
        { "vllm-chat-1.sse", "OpenAIChat", "TD", 0 },
        { "watsonx-generate-1.sse", "Generic", "", 0 },
        { "writer-completions-1.sse", "OpenAIChat", "", 0 },
        { "xai-responses-1.sse", "OpenAIResponses", "T", 679 },
        { "zai-chat-1.sse", "OpenAIChat", "TD", 0 },
    };

    /// <summary>Recordings whose answer is known to be whole before the <c>[DONE]</c>, or that have none: the dialect's own signal must be seen.</summary>
    public static TheoryData<string, string> WithOwnSignal
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (file, kind, signals, _) in Streams.Select(row => row.Data))
            {
                if (signals is "T" or "TD" && kind != nameof(DialectKind.Generic))
                {
                    data.Add(file, kind);
                }
            }

            return data;
        }
    }

    [Fact]
    public void Streams_OfTheIndex_AreAllInTheTable() => Assert.Equal(
        Recordings.EventStreams().Select(entry => entry.GetProperty("file").GetString()!).Order(StringComparer.Ordinal),
        Streams.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Streams))]
    public void Track_RecordingWholeAndByteByByte_GivesItsSignals(string file, string kind, string signals, long nextSequenceNumber)
    {
        var stream = Recordings.Read(file);
        var events = Recordings.EventStreams().Single(entry => entry.GetProperty("file").GetString() == file).GetProperty("events").GetInt64();
        foreach (var pieceLength in new[] { stream.Length, 4096, 1 })
        {
            var tracker = TrackerFeed.Of(kind, stream, pieceLength);

            Assert.Equal(signals, TrackerFeed.Signals(tracker));
            Assert.Equal(nextSequenceNumber, tracker.NextSequenceNumber);
            Assert.Equal(events, tracker.EventCount);
            Assert.False(tracker.PendingIsDone);
        }
    }

    [Theory]
    [MemberData(nameof(WithOwnSignal))]
    public void Track_RecordingWithoutItsDone_IsWholeAllTheSame(string file, string kind)
    {
        var stream = Recordings.Read(file);
        var done = stream.AsSpan().LastIndexOf("data: [DONE]"u8);

        Assert.Equal("T", TrackerFeed.Signals(TrackerFeed.Of(kind, done < 0 ? stream : stream.AsSpan(0, done))));
    }

    [Theory]
    [MemberData(nameof(WithOwnSignal))]
    public void Track_RecordingCutEarly_IsNotWhole(string file, string kind)
    {
        var stream = Recordings.Read(file);

        Assert.Equal("", TrackerFeed.Signals(TrackerFeed.Of(kind, stream.AsSpan(0, stream.Length / 4))));
    }
}
