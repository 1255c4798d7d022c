using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Telemetry;

/// <summary>No text of request or answer and no credential is in any signal: whatever is planted must not come out.</summary>
[Collection(OneExporterAtATime.Name)]
public sealed class SecretsTests
{
    private const string Planted = "pLaNtEd";

    private const string Headers =
        $"Authorization: Bearer sk-{Planted}-1\r\nx-api-key: {Planted}-2\r\napi-key: {Planted}-3\r\nx-goog-api-key: {Planted}-4\r\nCookie: session={Planted}-5\r\n"
        + $"baggage: user={Planted}-6\r\nUser-Agent: {Planted}-7\r\nX-Custom: {Planted}-8\r\n";

    private const string Target = $"/v1/chat/completions?key={Planted}-9&api-version={Planted}-10";

    private const string Body = "{\"model\":\"" + Planted + "-11\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"" + Planted + "-12\"}]}";

    /// <summary>What a backend says, each with secrets wherever it can have them.</summary>
    public static TheoryData<string> Scripts => ["good", "error-status", "error-status-late", "error-event", "cut", "not-sse", "bad-header", "bad-status", "redirect"];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task NothingThatWasPlanted_ComesOut(string script)
    {
        await using var stage = await TelemetryStage.StartAsync(
            "{\"Primer\":{\"After\":\"" + (script == "error-status" ? "00:00:30" : "00:00:00") + "\"},\"Attempts\":{\"Max\":2,\"Backoff\":\"00:00:00.010\"}}",
            null,
            exchange => AnswerAsync(exchange, script));

        await stage.AskAsync(Target, Headers, Body);
        using var admin = new HttpClient();
        var metrics = await admin.GetStringAsync(new Uri(stage.Proxy.Admin, "/metrics"), TestContext.Current.CancellationToken);
        await stage.StopAsync();

        Assert.Contains(stage.Receiver.Spans, span => span.Attributes.GetValueOrDefault("edgeproxy.route") == stage.Route);
        Assert.Contains(stage.Receiver.Logs, log => log.EventName == "StreamFinished");
        Assert.DoesNotContain(Planted, stage.Receiver.Raw, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Planted, metrics, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(stage.Proxy.Logs.Lines, static line => line.ToString().Contains(Planted, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task AnswerAsync(BackendExchange exchange, string script)
    {
        const string Error =
            "{\"error\":{\"message\":\"Incorrect API key provided: sk-" + Planted + "-20\",\"type\":\"" + Planted + "-21\",\"code\":\"" + Planted + "-22\",\"param\":\"" + Planted + "-23\"}}";
        switch (script)
        {
            case "good":
                exchange.SetHead(headers: [("Set-Cookie", $"a={Planted}-24"), ("x-secret", $"{Planted}-25")]);
                await exchange.WriteAsync(Family.Chat.Answer.Replace("Hello", Planted, StringComparison.Ordinal));
                break;
            case "error-status" or "error-status-late":
                await exchange.AnswerAsync(401, "application/json", Error, ("WWW-Authenticate", $"Bearer {Planted}-26"));
                break;
            case "error-event":
                await exchange.StreamAsync($"data: {Error}\n\n");
                break;
            case "cut":
                await exchange.SendHeadAsync();
                await exchange.WriteAsync(Family.Chat.Event.Replace("Hello", Planted, StringComparison.Ordinal) + $"data: {Planted}");
                exchange.Cut();
                break;
            case "not-sse":
                await exchange.AnswerAsync(200, $"text/{Planted}-27", $"{Planted}-28");
                break;
            case "bad-header":
                await exchange.RawAsync($"HTTP/1.1 200 OK\r\nno colon {Planted}-29\r\n\r\n");
                break;
            case "bad-status":
                await exchange.RawAsync($"HTTP/1.1 2x0 {Planted}-30\r\n\r\n");
                break;
            case "redirect":
                await exchange.AnswerAsync(302, null, "", ("Location", $"https://example.com/?key={Planted}-31"));
                break;
        }
    }
}
