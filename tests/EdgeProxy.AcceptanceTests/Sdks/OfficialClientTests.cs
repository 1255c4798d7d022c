using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.AcceptanceTests.Provider;

namespace EdgeProxy.AcceptanceTests.Sdks;

/// <summary>
/// What every official SDK must make of an answer through EdgeProxy, good or broken. One class an entry point: it says how to ask,
/// and by what the SDK's own errors are known.
/// </summary>
public abstract class OfficialClientTests
{
    private readonly EdgeFixture _edge;
    private readonly Api _api;

    private protected OfficialClientTests(EdgeFixture edge, Api api)
    {
        _edge = edge;
        _api = api;
    }

    /// <summary>The word of this SDK for an answer that ended well.</summary>
    private protected abstract string WholeFinish { get; }

    /// <summary>How often this SDK sends a request that is answered with 429, retries included.</summary>
    private protected virtual int RequestsForRateLimit => 3;

    [Fact]
    public async Task SlowAnswer_WithPrimerAndKeepAlives_ArrivesWhole()
    {
        var (outcome, wire, requests) = await AskAsync(EdgeFixture.Guarded, Fault.Slow);

        Assert.Null(outcome.Error);
        Assert.Equal((_api.Text, WholeFinish), (outcome.Text, outcome.Finish));
        Assert.True(outcome.Final is null || outcome.Final == _api.Text, outcome.Final);
        Assert.Equal(1, requests);

        // The SDK had all of that to digest: it was not spared by chance.
        var (first, second) = (wire.IndexOf(_api.FirstHalf, StringComparison.Ordinal), wire.IndexOf(_api.SecondHalf, StringComparison.Ordinal));
        Assert.StartsWith(_api.Primer, wire, StringComparison.Ordinal);
        AssertOnlyKeepAlives(wire[_api.Primer.Length..first]);
        AssertOnlyKeepAlives(wire[(first + _api.FirstHalf.Length)..second]);

        // Nothing follows [DONE]; where the API has none, a keep-alive may come between the last event and the backend's end.
        var rest = wire[(second + _api.SecondHalf.Length)..];
        Assert.Equal("", _api.SecondHalf.Contains("[DONE]", StringComparison.Ordinal) ? rest : rest.Replace(_api.KeepAlive, "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LateRateLimit_AfterTheCommit_IsRaised()
    {
        var (outcome, wire, requests) = await AskAsync(EdgeFixture.Guarded, Fault.LateRateLimit, maxRetries: 0);

        Assert.StartsWith(_api.Primer + _api.KeepAlive, wire, StringComparison.Ordinal);
        Assert.Equal(("", 1), (outcome.Text, requests));
        AssertRaised(outcome, new Expected(429, "rate_limit_exceeded", Api.RateLimitMessage));
    }

    [Fact]
    public async Task HtmlPage_AfterTheCommit_IsRaised()
    {
        var (outcome, wire, _) = await AskAsync(EdgeFixture.Guarded, Fault.LateHtml, maxRetries: 0);

        Assert.StartsWith(_api.Primer + _api.KeepAlive, wire, StringComparison.Ordinal);
        Assert.Equal("", outcome.Text);
        AssertRaised(outcome, new Expected(502, "upstream_not_sse", "The backend answered with"));
    }

    [Fact]
    public async Task Cut_WithinAnEvent_GivesTheWholeEventsThenIsRaised()
    {
        var (outcome, _, requests) = await AskAsync(EdgeFixture.Guarded, Fault.Cut);

        Assert.Equal(_api.FirstHalfText, outcome.Text);
        Assert.Equal(1, requests);
        AssertRaised(outcome, new Expected(502, "upstream_disconnected", "The connection to the backend was lost"));
    }

    [Fact]
    public async Task Stall_MidAnswer_IsRaised()
    {
        var (outcome, _, requests) = await AskAsync(EdgeFixture.Impatient, Fault.Stall);

        Assert.Equal(_api.FirstHalfText, outcome.Text);
        Assert.Equal(1, requests);
        AssertRaised(outcome, new Expected(504, "upstream_stalled", "The backend fell silent"));
    }

    [Fact]
    public async Task ErrorEvent_OfTheProvider_IsRaised()
    {
        var (outcome, wire, _) = await AskAsync(EdgeFixture.Patient, Fault.ErrorFirst, maxRetries: 0);

        Assert.Equal("", outcome.Text);

        // Some SDKs leave at the error: how much of the ending they still let through is their affair.
        Assert.StartsWith(_api.ErrorEvent, wire, StringComparison.Ordinal);
        Assert.StartsWith(wire[_api.ErrorEvent.Length..], _api.AfterErrorEvent, StringComparison.Ordinal);
        AssertRaised(outcome, new Expected(429, "rate_limit_exceeded", Api.RateLimitMessage, OfProvider: true));
    }

    [Fact]
    public async Task EarlyRateLimit_BeforeTheCommit_IsTheSdksOwnTypedErrorAfterItsRetries()
    {
        var (outcome, _, requests) = await AskAsync(EdgeFixture.Patient, Fault.EarlyRateLimit);

        Assert.Equal(RequestsForRateLimit, requests);
        AssertRateLimitError(outcome.Error!);
    }

    /// <summary>Asks through the SDK.</summary>
    private protected abstract Task<ClientOutcome> AskAsync(Uri baseUrl, int? maxRetries);

    /// <summary>What the SDK must have made of an error frame.</summary>
    private protected abstract void AssertRaised(ClientOutcome outcome, Expected expected);

    /// <summary>What the SDK must have made of a real 429.</summary>
    private protected abstract void AssertRateLimitError(ClientError error);

    /// <summary>Asks through EdgeProxy and the SDK: what came of it, the body on the wire, and how many requests reached the provider.</summary>
    private protected async Task<(ClientOutcome Outcome, string Wire, int Requests)> AskAsync(string policy, Fault fault, int? maxRetries = null)
    {
        var id = _edge.NewId();
        await using var tap = new WireTap(_edge.Address);
        var outcome = await AskAsync(new Uri(tap.Address, $"/{policy}/{fault}/{id}/v1"), maxRetries);
        TestContext.Current.TestOutputHelper?.WriteLine($"{outcome}\n{outcome.Error?.Body}\n{Shortened(tap.Downstream)}");
        return (outcome, tap.Body, _edge.Requests(id));
    }

    private static string Shortened(string wire) => wire.Length > 4000 ? $"{wire[..2000]} … {wire[^2000..]}" : wire;

    private void AssertOnlyKeepAlives(string wire)
    {
        Assert.Equal("", wire.Replace(_api.KeepAlive, "", StringComparison.Ordinal));
        Assert.InRange(wire.Length / _api.KeepAlive.Length, 2, 100);
    }

    /// <summary>An error that the SDK must tell its caller of.</summary>
    /// <param name="Status">The status that was lost.</param>
    /// <param name="Code">Its code.</param>
    /// <param name="Message">How its message begins.</param>
    /// <param name="OfProvider">Whether the provider itself wrote the frame, without our fields.</param>
    private protected sealed record Expected(int Status, string Code, string Message, bool OfProvider = false);
}
