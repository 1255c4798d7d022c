using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Telemetry;

[Collection(OneExporterAtATime.Name)]
public sealed class TraceTests
{
    private const string CallerSpan = "b7ad6b7169203331";

    private readonly string _traceId = Guid.NewGuid().ToString("N");

    private string Caller => $"traceparent: 00-{_traceId}-{CallerSpan}-01\r\n";

    [Fact]
    public async Task StreamAfterAFailover_IsOneTree_FromTheCallerToTheBackends()
    {
        string? first = null;
        string? second = null;
        await using var stage = await TelemetryStage.StartAsync(
            """{"Primer":{"After":"00:00:00"},"Attempts":{"Max":2,"Backoff":"00:00:00.010"}}""",
            null,
            exchange =>
            {
                first = exchange.Headers["traceparent"];
                return exchange.AnswerAsync(429, "application/json", """{"error":{"message":"slow down"}}""");
            },
            exchange =>
            {
                second = exchange.Headers["traceparent"];
                return exchange.StreamAsync(Family.Chat.Answer);
            });

        Assert.EndsWith(Family.Done, await stage.AskAsync(headers: Caller + "x-request-id: req-of-the-caller\r\n"), StringComparison.Ordinal);
        await stage.StopAsync();

        var trace = stage.Trace(_traceId);
        var server = Assert.Single(trace, static span => span.Kind == OtlpSpan.Server && span.ParentId == CallerSpan);
        Assert.Equal("POST /v1/{**rest}", server.Name);
        Assert.False(server.IsError);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["http.request.method"] = "POST",
                ["http.route"] = "/v1/{**rest}",
                ["http.response.status_code"] = "200",
                ["url.scheme"] = "http",
                ["url.path"] = "/v1/chat/completions",
                ["edgeproxy.route"] = stage.Route,
                ["edgeproxy.destination"] = "d2",
                ["edgeproxy.request_id"] = "req-of-the-caller",
                ["edgeproxy.dialect"] = "OpenAIChat",
                ["edgeproxy.outcome"] = "ok",
                ["edgeproxy.upstream.status_code"] = "200",
                ["edgeproxy.attempts"] = "2",
                ["edgeproxy.events"] = "3",
                ["edgeproxy.keepalives"] = "0",
            },
            server.Attributes.Where(static pair => !pair.Key.StartsWith("server.", StringComparison.Ordinal)).ToDictionary());
        Assert.Equal(["edgeproxy.commit", "edgeproxy.first_event"], server.Events.Select(static happened => happened.Name));
        Assert.True(server.Events[0].Time < server.Events[1].Time);
        Assert.All(server.Events, happened => Assert.InRange(happened.Time, server.Start, server.End));

        var attempts = trace.Where(static span => span.Name == "edgeproxy.attempt").OrderBy(static span => span.Start).ToArray();
        Assert.All(attempts, attempt => Assert.Equal((server.SpanId, OtlpSpan.Internal, "models"), (attempt.ParentId, attempt.Kind, attempt.Attributes["edgeproxy.cluster"])));
        Assert.Equal(
            ["1 d1 status 429 True", "2 d2 ok 200 False"],
            attempts.Select(static attempt =>
                $"{attempt.Attributes["edgeproxy.attempt"]} {attempt.Attributes["edgeproxy.destination"]} {attempt.Attributes["edgeproxy.outcome"]} "
                + $"{attempt.Attributes["http.response.status_code"]} {attempt.IsError}"));

        // What a backend is told is the parent of its own spans: the client's span of its attempt.
        string?[] told = [first, second];
        Assert.Equal(2, attempts.Length);
        for (var i = 0; i < attempts.Length; i++)
        {
            var client = Assert.Single(trace, span => span.Kind == OtlpSpan.Client && span.ParentId == attempts[i].SpanId);
            Assert.Equal($"00-{_traceId}-{client.SpanId}-01", told[i]);
        }
    }

    [Fact]
    public async Task RescuedStream_TellsItsCode_UnderTheIdOfHeaderLogAndFrame()
    {
        await using var stage = await TelemetryStage.StartAsync(
            """{"Primer":{"After":"00:00:00"},"Attempts":{"Max":1}}""",
            null,
            static async exchange =>
            {
                await exchange.SendHeadAsync();
                await exchange.WriteAsync(Family.Chat.Event);
                exchange.Cut();
            });

        await using var client = await stage.Proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions", Caller);
        var head = await client.ReadHeadAsync();
        var body = await client.ReadTextAsync();
        await stage.StopAsync();

        var server = Assert.Single(stage.Trace(_traceId), static span => span.ParentId == CallerSpan);
        Assert.True(server.IsError);
        Assert.Equal(
            ("rescued", "upstream_disconnected", "upstream_disconnected", "200"),
            (server.Attributes["edgeproxy.outcome"], server.Attributes["edgeproxy.code"], server.Attributes["error.type"], server.Attributes["edgeproxy.upstream.status_code"]));
        var attempt = Assert.Single(stage.Trace(_traceId), static span => span.Name == "edgeproxy.attempt");
        Assert.Equal(("disconnected", true), (attempt.Attributes["edgeproxy.outcome"], attempt.IsError));

        var id = server.Attributes["edgeproxy.request_id"];
        Assert.Equal(id, head["x-request-id"]);
        Assert.Contains($"\"request_id\":\"{id}\"", body, StringComparison.Ordinal);
        var line = Assert.Single(stage.Receiver.Logs, log => log.EventName == "StreamFinished" && log.Attributes["RequestId"] == id);
        Assert.Equal((_traceId, _traceId), (line.TraceId, line.Attributes["TraceId"]));
    }

    [Fact]
    public async Task PlainRequest_HasItsSpans_WithoutTheQuery()
    {
        await using var stage = await TelemetryStage.StartAsync("{}", null, static exchange => exchange.AnswerAsync(503, "application/json", "{}"));

        await using var client = await stage.Proxy.ConnectAsync();
        await client.SendAsync("BREW", "/v1/models?key=sk-planted", Caller, default);
        await client.ReadHeadAsync();
        await stage.StopAsync();

        var server = Assert.Single(stage.Trace(_traceId), static span => span.ParentId == CallerSpan);
        Assert.Equal(("HTTP /v1/{**rest}", "_OTHER", "503", "503", true), (server.Name, server.Attributes["http.request.method"], server.Attributes["http.response.status_code"], server.Attributes["error.type"], server.IsError));
        var toBackend = Assert.Single(stage.Trace(_traceId), span => span.Kind == OtlpSpan.Client && span.ParentId == server.SpanId);
        Assert.EndsWith("/v1/models", toBackend.Attributes["url.full"], StringComparison.Ordinal);
        Assert.DoesNotContain("sk-planted", stage.Receiver.Raw, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTEL_TRACES_SAMPLER", "always_off")]
    [InlineData("OTEL_TRACES_EXPORTER", "none")]
    public async Task TracesTurnedOff_OtherSignalsStay(string variable, string value)
    {
        await using var stage = await TelemetryStage.StartAsync("{}", new() { [variable] = value }, static exchange => exchange.StreamAsync(Family.Chat.Answer));

        await stage.AskAsync(headers: Caller);
        await stage.StopAsync();

        Assert.Empty(stage.Trace(_traceId));
        Assert.NotEmpty(stage.Metric("edgeproxy.streams"));
        Assert.Contains(stage.Receiver.Logs, log => log.EventName == "StreamFinished");
    }
}
