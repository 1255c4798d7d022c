using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.AcceptanceTests.Provider;

namespace EdgeProxy.AcceptanceTests.Sdks;

/// <summary>
/// NuGet <c>OpenAI</c>, chat: it raises for no error frame whatsoever, it hands out one empty update and ends.
/// <c>Errors.FinishChunk</c> is the way out: the finish reason that it does not know makes it raise.
/// </summary>
public sealed class OpenAIDotNetChatTests(EdgeFixture edge) : OfficialClientTests(edge, Api.Chat)
{
    private protected override string WholeFinish => "Stop";

    private protected override int RequestsForRateLimit => 4;

    [Fact]
    public async Task LateRateLimit_WithFinishChunk_IsRaised()
    {
        var (outcome, _, _) = await AskAsync(EdgeFixture.FinishChunk, Fault.LateRateLimit);

        Assert.Equal("ArgumentOutOfRangeException", outcome.Error?.Classes[0]);
        Assert.Contains("Unknown ChatFinishReason", outcome.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cut_WithFinishChunk_IsRaised()
    {
        var (outcome, _, _) = await AskAsync(EdgeFixture.FinishChunk, Fault.Cut);

        Assert.Equal((Api.Chat.FirstHalfText, "ArgumentOutOfRangeException"), (outcome.Text, outcome.Error?.Classes[0]));
    }

    private protected override Task<ClientOutcome> AskAsync(Uri baseUrl, int? maxRetries) => DotNetClient.OpenAIChatAsync(baseUrl);

    private protected override void AssertRaised(ClientOutcome outcome, Expected expected) =>
        Assert.Equal((null, null), (outcome.Error, outcome.Finish));

    private protected override void AssertRateLimitError(ClientError error)
    {
        Assert.Equal(("ClientResultException", 429), (error.Classes[0], error.Status));
        Assert.Contains(Api.RateLimitMessage, error.Message, StringComparison.Ordinal);
    }
}

/// <summary>NuGet <c>OpenAI</c>, Responses: an error frame is an update of its own, with code and message, and no exception.</summary>
public sealed class OpenAIDotNetResponsesTests(EdgeFixture edge) : OfficialClientTests(edge, Api.Responses)
{
    private protected override string WholeFinish => "Completed";

    private protected override int RequestsForRateLimit => 4;

    private protected override Task<ClientOutcome> AskAsync(Uri baseUrl, int? maxRetries) => DotNetClient.OpenAIResponsesAsync(baseUrl);

    private protected override void AssertRaised(ClientOutcome outcome, Expected expected)
    {
        Assert.Null(outcome.Error);
        Assert.StartsWith($"error: {expected.Code}: {expected.Message}", outcome.Finish, StringComparison.Ordinal);
    }

    private protected override void AssertRateLimitError(ClientError error) =>
        Assert.Equal(("ClientResultException", 429), (error.Classes[0], error.Status));
}
