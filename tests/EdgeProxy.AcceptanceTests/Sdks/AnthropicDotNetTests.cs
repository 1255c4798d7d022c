using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.AcceptanceTests.Provider;

namespace EdgeProxy.AcceptanceTests.Sdks;

/// <summary>NuGet <c>Anthropic</c>: raises <c>AnthropicSseException</c> with the frame's data.</summary>
public sealed class AnthropicDotNetTests(EdgeFixture edge) : OfficialClientTests(edge, Api.Messages)
{
    private protected override string WholeFinish => "end_turn";

    private protected override Task<ClientOutcome> AskAsync(Uri baseUrl, int? maxRetries) => DotNetClient.AnthropicMessagesAsync(baseUrl);

    private protected override void AssertRaised(ClientOutcome outcome, Expected expected)
    {
        Assert.Equal("AnthropicSseException", outcome.Error?.Classes[0]);
        Assert.Contains($"\"message\":\"{expected.Message}", outcome.Error!.Message, StringComparison.Ordinal);
    }

    private protected override void AssertRateLimitError(ClientError error)
    {
        Assert.Equal(("AnthropicRateLimitException", 429, "req_provider"), (error.Classes[0], error.Status, error.RequestId));
        Assert.Contains(Api.RateLimitMessage, error.Message, StringComparison.Ordinal);
    }
}
