using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Telemetry;

public sealed class TraceTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string CallerSpan = "b7ad6b7169203331";

    [Fact]
    public async Task StreamAfterAFailover_IsOneTree_FromTheCallerToTheBackend()
    {
        await using var stage = await TelemetryStage.StartAsync(
            """{"Primer":{"After":"00:00:00"},"Attempts":{"Max":2,"Backoff":"00:00:00.010"}}""",
            null,
            static exchange => exchange.AnswerAsync(429, "application/json", """{"error":{"message":"slow down"}}"""),
            static exchange => exchange.StreamAsync(Family.Chat.Answer));

        var body = await stage.AskAsync(headers: $"traceparent: 00-{TraceId}-{CallerSpan}-01\r\nx-request-id: req-of-the-caller\r\n");
        await stage.StopAsync();

        Assert.EndsWith(Family.Done, body, StringComparison.Ordinal);
        foreach (var s in stage.Trace(TraceId)) TestContext.Current.SendDiagnosticMessage($"{s.Source} {s.Name} {s.Kind} {s.SpanId}<-{s.ParentId} {string.Join(" ", s.Attributes)} E {string.Join(" ", s.Events)}");
        foreach (var s in stage.Receiver.Logs) TestContext.Current.SendDiagnosticMessage($"{s}" + string.Join(" ", s.Attributes));
        TestContext.Current.SendDiagnosticMessage(string.Join(" ", stage.Receiver.Resource));
        foreach (var s in stage.Receiver.Points) TestContext.Current.SendDiagnosticMessage($"{s.Meter} {s.Name} {s.Unit} {s.Kind} {s.Value} {string.Join(" ", s.Attributes)}");
    }
}
