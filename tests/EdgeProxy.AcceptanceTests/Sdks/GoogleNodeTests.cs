using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.AcceptanceTests.Provider;

namespace EdgeProxy.AcceptanceTests.Sdks;

/// <summary>npm <c>@google/genai</c>: raises <c>ApiError</c> with the frame's code as its status.</summary>
public sealed class GoogleNodeTests(EdgeFixture edge) : OfficialClientTests(edge, Api.Gemini)
{
    private protected override string WholeFinish => "STOP";

    private protected override int RequestsForRateLimit => 1;

    private protected override Task<ClientOutcome> AskAsync(Uri baseUrl, int? maxRetries) =>
        NodeClient.AskAsync("google", "@google/genai", "generateContentStream", baseUrl, maxRetries);

    private protected override void AssertRaised(ClientOutcome outcome, Expected expected)
    {
        Assert.NotNull(outcome.Error);
        Assert.Equal(("ApiError", expected.Status), (outcome.Error.Classes[0], outcome.Error.Status));
        Assert.Contains($"\"message\":\"{expected.Message}", outcome.Error.Message, StringComparison.Ordinal);
        if (!expected.OfProvider)
        {
            Assert.Contains($"\"reason\":\"{expected.Code}\"", outcome.Error.Message, StringComparison.Ordinal);
        }
    }

    private protected override void AssertRateLimitError(ClientError error) =>
        Assert.Equal(("ApiError", 429), (error.Classes[0], error.Status));
}
