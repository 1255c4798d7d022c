using System.Globalization;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Telemetry;

[Collection(OneExporterAtATime.Name)]
public sealed class SignalTests
{
    /// <summary>(policy, script) and (outcome, error type, what came of each attempt).</summary>
    public static TheoryData<string, string, string, string?, string> Streams => new()
    {
        { """{"Primer":{"After":"00:00:00"}}""", "good", "ok", null, "ok none" },
        { """{"Primer":{"After":"00:00:30"}}""", "good", "ok", null, "ok none" },
        { """{"Primer":{"After":"00:00:00"}}""", "cut", "rescued", "upstream_disconnected", "disconnected none" },
        { """{"Primer":{"After":"00:00:00"}}""", "own-code", "rescued", "upstream_status_429", "status attempts_used_up" },
        { """{"Primer":{"After":"00:00:00"}}""", "no-code", "rescued", "rate_limit_exceeded", "status attempts_used_up" },
        { """{"Primer":{"After":"00:00:30"}}""", "own-code", "upstream_status_429", "upstream_status_429", "status attempts_used_up" },
        { """{"Primer":{"After":"00:00:30"}}""", "reset", "upstream_unreachable", "upstream_unreachable", "unreachable attempts_used_up" },
        { """{"Primer":{"After":"00:00:30"}}""", "empty", "stream_incomplete", "stream_incomplete", "reset attempts_used_up" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task FinishedStream_IsCountedOnce_ByWhatBecameOfIt(string policy, string script, string outcome, string? error, string attempt)
    {
        await using var stage = await TelemetryStage.StartAsync(Stage.SingleAttempt(policy), null, Scripts[script]);

        await stage.AskAsync();
        await stage.StopAsync();

        var counted = Assert.Single(stage.Metric("edgeproxy.streams"));
        Assert.Equal(("EdgeProxy", "{stream}", "counter", 1.0), (counted.Meter, counted.Unit, counted.Kind, counted.Value));
        Assert.Equal(
            (stage.Route, "OpenAIChat", outcome, error),
            (counted.Attributes["edgeproxy.route"], counted.Attributes["edgeproxy.dialect"], counted.Attributes["edgeproxy.outcome"], counted.Attributes.GetValueOrDefault("error.type")));
        var tried = Assert.Single(stage.Metric("edgeproxy.attempts"));
        Assert.Equal(attempt, $"{tried.Attributes["edgeproxy.outcome"]} {tried.Attributes["edgeproxy.next"]}");
        Assert.Equal(("models", "d1"), (tried.Attributes["edgeproxy.cluster"], tried.Attributes["edgeproxy.destination"]));
    }

    [Fact]
    public async Task Histograms_HaveBucketsFromAFastAnswerToHalfAnHour()
    {
        await using var stage = await TelemetryStage.StartAsync("{}", null, Scripts["good"]);

        await stage.AskAsync();
        await stage.StopAsync();

        foreach (var name in (string[])["edgeproxy.time_to_commit", "edgeproxy.upstream.time_to_first_event", "edgeproxy.stream.duration", "edgeproxy.stream.longest_gap"])
        {
            var histogram = Assert.Single(stage.Metric(name));
            Assert.Equal(("histogram", "s", 1ul), (histogram.Kind, histogram.Unit, histogram.Count));
            Assert.Equal([0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 100, 120, 300, 600, 1200, 1800], histogram.Bounds);
            Assert.InRange(histogram.Value, 0, 30);
        }

        var byDestination = Assert.Single(stage.Metric("edgeproxy.upstream.time_to_first_event"));
        Assert.Equal("d1", byDestination.Attributes["edgeproxy.destination"]);
    }

    [Fact]
    public async Task Relay_IsCounted_InEventsBytesAndKeepAlives()
    {
        var gate = new Gate();
        await using var stage = await TelemetryStage.StartAsync(
            """{"Primer":{"After":"00:00:00"},"KeepAlive":{"Interval":"00:00:00.100"}}""",
            null,
            async exchange =>
            {
                await gate.WaitAsync();
                await exchange.StreamAsync(Family.Chat.Answer);
            });

        await using var client = await stage.Proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions");
        await client.ReadHeadAsync();
        await client.ReadUntilAsync(": keep-alive\n\n");
        gate.Open();
        await client.ReadTextAsync();
        await stage.StopAsync();

        Assert.Equal(3, Assert.Single(stage.Metric("edgeproxy.events")).Value);
        var bytes = Assert.Single(stage.Metric("edgeproxy.bytes"));
        Assert.Equal(("By", Family.Chat.Answer.Length), (bytes.Unit, bytes.Value));
        Assert.InRange(Assert.Single(stage.Metric("edgeproxy.keepalives")).Value, 1, 1000);
    }

    [Fact]
    public async Task LogLine_HasTheStreamsFields()
    {
        await using var stage = await TelemetryStage.StartAsync("""{"Primer":{"After":"00:00:00"},"Attempts":{"Max":1}}""", null, Scripts["cut"]);

        await stage.AskAsync(headers: "x-request-id: req-7\r\n");
        await stage.StopAsync();

        var line = Assert.Single(stage.Receiver.Logs, log => log.EventName == "StreamFinished");
        const int Warning = 13;
        Assert.Equal(("EdgeProxy.Telemetry.StreamLog", Warning), (line.Category, line.Severity));
        Assert.Equal(
            $"{stage.Route} d1 OpenAIChat Rescued upstream_disconnected 502 1 0 1 {Family.Chat.Event.Length} 0 req-7",
            string.Join(' ', ((string[])["Route", "Destination", "Dialect", "Outcome", "Code", "Status", "Attempts", "WaitedMs", "Events", "Bytes", "KeepAlives", "RequestId"])
                .Select(name => line.Attributes[name])));
        foreach (var name in (string[])["CommittedMs", "FirstEventMs", "LongestGapMs", "DurationMs"])
        {
            Assert.InRange(long.Parse(line.Attributes[name], CultureInfo.InvariantCulture), 0, 30_000);
        }

        Assert.Matches("^[0-9a-f]{32}$", line.TraceId);
    }

    [Fact]
    public async Task ClientThatLeaves_IsCounted_AndIsNoWarning()
    {
        var asked = new Gate();
        await using var stage = await TelemetryStage.StartAsync("""{"Primer":{"After":"00:00:00"}}""", null, exchange => asked.WaitAsync(exchange.AbortedToken));

        var client = await stage.Proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions");
        await client.ReadHeadAsync();
        await asked.Reached;
        await client.DisposeAsync();
        await Patience.UntilAsync(() => stage.Proxy.Logs.Lines.Any(static line => line.Event.Name == "StreamFinished"), "the stream's end");
        await stage.StopAsync();

        var counted = Assert.Single(stage.Metric("edgeproxy.streams"));
        Assert.Equal(("client_gone", false), (counted.Attributes["edgeproxy.outcome"], counted.Attributes.ContainsKey("error.type")));
        Assert.Equal("cancelled", Assert.Single(stage.Metric("edgeproxy.attempts")).Attributes["edgeproxy.outcome"]);
        Assert.Empty(stage.Proxy.Logs.Complaints);
    }

    internal static readonly Dictionary<string, Func<BackendExchange, Task>> Scripts = new()
    {
        ["good"] = static exchange => exchange.StreamAsync(Family.Chat.Answer),
        ["cut"] = static async exchange =>
        {
            await exchange.SendHeadAsync();
            await exchange.WriteAsync(Family.Chat.Event);
            exchange.Cut();
        },
        ["own-code"] = static exchange => exchange.AnswerAsync(429, "application/json", """{"error":{"code":"tokens_of_org-12345_used_up","message":"slow down"}}"""),
        ["no-code"] = static exchange => exchange.AnswerAsync(429, "application/json", "{}"),
        ["empty"] = static exchange => exchange.SendHeadAsync(),
        ["reset"] = static exchange =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        },
    };
}
