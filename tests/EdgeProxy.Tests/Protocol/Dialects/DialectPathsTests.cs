using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Tests.Protocol.Dialects;

public sealed class DialectPathsTests
{
    [Theory]
    [InlineData("/v1/chat/completions", "OpenAIChat")]
    [InlineData("/chat/completions", "OpenAIChat")]
    [InlineData("/V1/Chat/Completions", "OpenAIChat")]
    [InlineData("/v1/chat/completions/", "OpenAIChat")]
    [InlineData("/v1/completions", "OpenAIChat")]
    [InlineData("/openai/deployments/d/chat/completions", "OpenAIChat")]
    [InlineData("/v1beta/openai/chat/completions", "OpenAIChat")]
    [InlineData("/v1/audio/transcriptions", "OpenAIChat")]
    [InlineData("/v1/responses", "OpenAIResponses")]
    [InlineData("/v1/responses/", "OpenAIResponses")]
    [InlineData("/responses", "OpenAIResponses")]
    [InlineData("/v1/responses/resp_0850765c", "OpenAIResponses")]
    [InlineData("/v1/RESPONSES/resp_0850765c/", "OpenAIResponses")]
    [InlineData("/openai/v1/responses", "OpenAIResponses")]
    [InlineData("/v1/images/generations", "OpenAIImages")]
    [InlineData("/v1/images/edits", "OpenAIImages")]
    [InlineData("/v1/audio/speech", "OpenAIImages")]
    [InlineData("/v1/messages", "AnthropicMessages")]
    [InlineData("/anthropic/v1/messages/", "AnthropicMessages")]
    [InlineData("/v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict", "AnthropicMessages")]
    [InlineData("/v1/projects/p/models/m:STREAMRAWPREDICT", "AnthropicMessages")]
    [InlineData("/v1beta/models/gemini-2.5-pro:streamGenerateContent", "Gemini")]
    [InlineData("/v1beta/models/gemini-2.5-pro:streamgeneratecontent/", "Gemini")]
    [InlineData("/v1beta/models/gemini-2.5-pro:generateContent", "Generic")]
    [InlineData("/v1/chat/completions//", "Generic")]
    [InlineData("/v1/chat/completions/x", "Generic")]
    [InlineData("/v1/chatcompletions", "Generic")]
    [InlineData("/v1/mycompletions", "Generic")]
    [InlineData("/v1/responses//", "Generic")]
    [InlineData("/v1/responses/resp_1/input_items", "Generic")]
    [InlineData("/v1/myresponses/resp_1", "Generic")]
    [InlineData("/v1/messages/count_tokens", "Generic")]
    [InlineData("/v1/messages/batches", "Generic")]
    [InlineData("/v1/images/variations", "Generic")]
    [InlineData("/v1/audio/translations", "Generic")]
    [InlineData("/v1/models", "Generic")]
    [InlineData("/v2/chat", "Generic")]
    [InlineData("/mcp", "Generic")]
    [InlineData("completions", "Generic")]
    [InlineData("/", "Generic")]
    [InlineData("", "Generic")]
    public void FromPath_Path_GivesItsFamily(string path, string expected) =>
        Assert.Equal(Enum.Parse<DialectKind>(expected), DialectPaths.FromPath(path));
}
