using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.AcceptanceTests.Provider;

namespace EdgeProxy.AcceptanceTests.Sdks;

/// <summary>
/// npm <c>ai</c> with <c>@ai-sdk/openai</c>: an error before any output becomes an <c>APICallError</c> with the status made from the frame,
/// and is retried; one in the middle reaches the caller as an error part, the frame's own object.
/// </summary>
public abstract class AiSdkTests : OfficialClientTests
{
    private readonly string _entry;

    private protected AiSdkTests(EdgeFixture edge, Api api, string entry)
        : base(edge, api) => _entry = entry;

    private protected override string WholeFinish => "stop";

    [Fact]
    public async Task LateRateLimit_WithARetryAllowed_IsAskedAgainThenRaised()
    {
        var (outcome, _, requests) = await AskAsync(EdgeFixture.Guarded, Fault.LateRateLimit, maxRetries: 1);

        Assert.Equal(2, requests);
        Assert.Equal("RetryError", outcome.Error!.Classes[0]);
        Assert.Equal(429, outcome.Error.Last!.Status);
    }

    private protected override Task<ClientOutcome> AskAsync(Uri baseUrl, int? maxRetries) =>
        NodeClient.AskAsync("ai", "ai", _entry, baseUrl, maxRetries);

    private protected override void AssertRaised(ClientOutcome outcome, Expected expected)
    {
        var error = outcome.Error;
        Assert.NotNull(error);
        Assert.StartsWith(expected.Message, error.Message, StringComparison.Ordinal);
        if (outcome.Text.Length == 0)
        {
            Assert.Equal("APICallError", error.Classes[0]);
            // It knows 429 and 504 by the words in code and type, and takes the rest for 500.
            Assert.Equal(expected.Status == 502 ? 500 : expected.Status, error.Status);
        }
        else
        {
            Assert.Equal(expected.Code, error.Code);
        }
    }

    private protected override void AssertRateLimitError(ClientError error)
    {
        Assert.Equal("RetryError", error.Classes[0]);
        Assert.Equal(("APICallError", 429, Api.RateLimitMessage), (error.Last!.Classes[0], error.Last.Status, error.Last.Message));
    }
}

/// <inheritdoc/>
public sealed class AiSdkChatTests(EdgeFixture edge) : AiSdkTests(edge, Api.Chat, "chat");

/// <inheritdoc/>
public sealed class AiSdkResponsesTests(EdgeFixture edge) : AiSdkTests(edge, Api.Responses, "responses");
