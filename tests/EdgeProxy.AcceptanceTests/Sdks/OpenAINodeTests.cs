using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.AcceptanceTests.Provider;

namespace EdgeProxy.AcceptanceTests.Sdks;

/// <summary>npm <c>openai</c>: raises <c>APIError</c> for a frame with an <c>error</c> object, and keeps that object on it.</summary>
public abstract class OpenAINodeTests : OfficialClientTests
{
    private readonly string _entry;

    private protected OpenAINodeTests(EdgeFixture edge, Api api, string entry)
        : base(edge, api) => _entry = entry;

    private protected override string WholeFinish => "stop";

    private protected override Task<ClientOutcome> AskAsync(Uri baseUrl, int? maxRetries) =>
        NodeClient.AskAsync("openai", "openai", _entry, baseUrl, maxRetries);

    private protected override void AssertRaised(ClientOutcome outcome, Expected expected)
    {
        var error = outcome.Error;
        Assert.NotNull(error);
        Assert.Equal("APIError", error.Classes[0]);
        Assert.Equal(expected.Code, error.Code);
        Assert.StartsWith(expected.Message, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Type!);
        if (!expected.OfProvider)
        {
            Assert.NotEmpty(error.RequestId!);
            Assert.Equal(error.RequestId, error.Body.GetProperty("request_id").GetString());
            Assert.Equal(expected.Status, error.Body.GetProperty("status").GetInt32());
        }
    }

    private protected override void AssertRateLimitError(ClientError error)
    {
        Assert.Equal(["RateLimitError", "APIError"], error.Classes[..2]);
        Assert.Equal((429, "rate_limit_exceeded", "requests", "req_provider"), (error.Status, error.Code, error.Type, error.RequestId));
        Assert.Equal("429 " + Api.RateLimitMessage, error.Message);
    }
}

/// <inheritdoc/>
public sealed class OpenAINodeChatTests(EdgeFixture edge) : OpenAINodeTests(edge, Api.Chat, "chat");

/// <inheritdoc/>
public sealed class OpenAINodeChatHelperTests(EdgeFixture edge) : OpenAINodeTests(edge, Api.Chat, "chatHelper");

/// <inheritdoc/>
public sealed class OpenAINodeResponsesTests(EdgeFixture edge) : OpenAINodeTests(edge, Api.Responses, "responses")
{
    private protected override string WholeFinish => "completed";
}

/// <inheritdoc/>
public sealed class OpenAINodeResponsesHelperTests(EdgeFixture edge) : OpenAINodeTests(edge, Api.Responses, "responsesHelper")
{
    private protected override string WholeFinish => "completed";
}

/// <inheritdoc/>
public sealed class OpenAINodeImagesTests(EdgeFixture edge) : OpenAINodeTests(edge, Api.Images, "images")
{
    private protected override string WholeFinish => "image_generation.completed";
}
