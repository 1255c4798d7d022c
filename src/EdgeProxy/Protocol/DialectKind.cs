namespace EdgeProxy.Protocol;

/// <summary>The wire habits of one API family: its error frame, its terminal signal, its safe keep-alive.</summary>
internal enum DialectKind
{
    /// <summary>Any event stream: no terminal signal is asked for.</summary>
    Generic,

    /// <summary>OpenAI chat completions, legacy completions and audio transcriptions.</summary>
    OpenAIChat,

    /// <summary>OpenAI Responses.</summary>
    OpenAIResponses,

    /// <summary>OpenAI images and speech.</summary>
    OpenAIImages,

    /// <summary>Anthropic Messages, also through Vertex <c>:streamRawPredict</c>.</summary>
    AnthropicMessages,

    /// <summary>Gemini and Vertex <c>:streamGenerateContent?alt=sse</c>.</summary>
    Gemini,
}
