using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.AcceptanceTests.Provider;

namespace EdgeProxy.AcceptanceTests.Sdks;

/// <summary>npm <c>@anthropic-ai/sdk</c>: raises <c>APIError</c> for an event named <c>error</c>; its message is the frame's JSON by design.</summary>
public abstract class AnthropicNodeTests : OfficialClientTests
{
    private readonly string _entry;

    private protected AnthropicNodeTests(EdgeFixture edge, string entry)
        : base(edge, Api.Messages) => _entry = entry;

    private protected override string WholeFinish => "end_turn";

    private protected override Task<ClientOutcome> AskAsync(Uri baseUrl, int? maxRetries) =>
        NodeClient.AskAsync("anthropic", "@anthropic-ai/sdk", _entry, baseUrl, maxRetries);

    private protected override void AssertRaised(ClientOutcome outcome, Expected expected)
    {
        var error = outcome.Error;
        Assert.NotNull(error);
        Assert.Equal(["APIError", "AnthropicError"], error.Classes[..2]);
        Assert.StartsWith(expected.Message, error.ApiMessage, StringComparison.Ordinal);
        Assert.Equal(expected.Status switch { 429 => "rate_limit_error", 504 => "timeout_error", _ => "api_error" }, error.Type);
        if (!expected.OfProvider)
        {
            var body = error.Body.GetProperty("error");
            Assert.Equal((expected.Code, expected.Status), (body.GetProperty("code").GetString(), body.GetProperty("status").GetInt32()));
            Assert.NotEmpty(error.RequestId!);
            Assert.Equal(error.RequestId, error.Body.GetProperty("request_id").GetString());
        }
    }

    private protected override void AssertRateLimitError(ClientError error)
    {
        Assert.Equal(["RateLimitError", "APIError"], error.Classes[..2]);
        Assert.Equal((429, "rate_limit_error", "req_provider", Api.RateLimitMessage), (error.Status, error.Type, error.RequestId, error.ApiMessage));
    }
}

/// <inheritdoc/>
public sealed class AnthropicNodeMessagesTests(EdgeFixture edge) : AnthropicNodeTests(edge, "messages");

/// <inheritdoc/>
public sealed class AnthropicNodeMessagesHelperTests(EdgeFixture edge) : AnthropicNodeTests(edge, "messagesHelper");
