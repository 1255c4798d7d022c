using System.Net;
using System.Text;
using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.AcceptanceTests.Provider;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Cdn;

/// <summary>
/// What EdgeProxy is for: a CDN that grants its origin 2 s for the first byte and between two, and an answer that needs 6 s for each.
/// </summary>
public abstract class FirstByteTimeoutTests
{
    private readonly CdnFixture _fixture;
    private readonly CdnKind _kind;

    private protected FirstByteTimeoutTests(CdnFixture fixture, CdnKind kind)
    {
        _fixture = fixture;
        _kind = kind;
    }

    /// <summary>What the CDN answers in place of an origin whose first byte is late.</summary>
    private protected abstract HttpStatusCode GaveUp { get; }

    [Fact]
    public async Task SlowAnswer_FailsWithoutEdgeProxy_AndArrivesWholeWithIt()
    {
        await using var without = await RunningCdn.StartAsync(_kind, _fixture.Provider);
        await using var with = await RunningCdn.StartAsync(_kind, _fixture.Edge);
        var answers = await Task.WhenAll(
            AskAsync(without, Fault.Slow),
            AskAsync(without, Fault.Pause),
            AskAsync(with, Fault.Slow),
            AskAsync(with, Fault.Pause));

        Assert.Equal(GaveUp, answers[0].Status);
        Assert.Equal((HttpStatusCode.OK, false, Api.Chat.FirstHalf), (answers[1].Status, answers[1].EndedCleanly, answers[1].Body));
        var whole = Sse.Parse(Api.Chat.FirstHalf + Api.Chat.SecondHalf);
        Assert.All(answers[2..], answer =>
        {
            Assert.Equal((HttpStatusCode.OK, true), (answer.Status, answer.EndedCleanly));
            Assert.Equal(whole, Sse.Parse(answer.Body));
        });
    }

    [Fact]
    public async Task LateFailure_ThroughEdgeProxy_ArrivesAsAnErrorFrame()
    {
        await using var cdn = await RunningCdn.StartAsync(_kind, _fixture.Edge);
        var answer = await AskAsync(cdn, Fault.LateRateLimit);

        Assert.Equal((HttpStatusCode.OK, true), (answer.Status, answer.EndedCleanly));
        var events = Sse.Parse(answer.Body);
        Assert.Equal(["error", "message"], events.Select(static item => item.Type));
        Assert.Contains(Api.RateLimitMessage, events[0].Data, StringComparison.Ordinal);
        Assert.Equal("[DONE]", events[1].Data);
    }

    [Fact]
    public async Task SlowAnswer_ThroughEdgeProxy_ReachesAnOfficialClientWhole()
    {
        await using var cdn = await RunningCdn.StartAsync(_kind, _fixture.Edge);
        var outcome = await NodeClient.AskAsync("openai", "openai", "chat", BaseUrl(cdn, Fault.Slow), maxRetries: 0);

        Assert.Null(outcome.Error);
        Assert.Equal((Api.Chat.Text, "stop"), (outcome.Text, outcome.Finish));
    }

    private static Uri BaseUrl(RunningCdn cdn, Fault fault) => new(cdn.Address, $"/cdn/{fault}/0/v1");

    private static async Task<(HttpStatusCode Status, string Body, bool EndedCleanly)> AskAsync(RunningCdn cdn, Fault fault)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, BaseUrl(cdn, fault) + "/chat/completions");
        request.Content = new StringContent("""{"model":"gpt","messages":[],"stream":true}""", Encoding.UTF8, "application/json");
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var body = new MemoryStream();
        var endedCleanly = true;
        try
        {
            await response.Content.CopyToAsync(body, TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException)
        {
            endedCleanly = false;
        }

        return (response.StatusCode, Encoding.UTF8.GetString(body.ToArray()), endedCleanly);
    }
}

/// <inheritdoc/>
public sealed class NginxTests(CdnFixture fixture) : FirstByteTimeoutTests(fixture, CdnKind.Nginx)
{
    private protected override HttpStatusCode GaveUp => HttpStatusCode.GatewayTimeout;
}

/// <inheritdoc/>
public sealed class HaproxyTests(CdnFixture fixture) : FirstByteTimeoutTests(fixture, CdnKind.Haproxy)
{
    private protected override HttpStatusCode GaveUp => HttpStatusCode.GatewayTimeout;
}

/// <inheritdoc/>
public sealed class VarnishTests(CdnFixture fixture) : FirstByteTimeoutTests(fixture, CdnKind.Varnish)
{
    private protected override HttpStatusCode GaveUp => HttpStatusCode.ServiceUnavailable;
}
