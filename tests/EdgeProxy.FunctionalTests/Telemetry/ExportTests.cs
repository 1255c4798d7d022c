using EdgeProxy.Hosting;
using EdgeProxy.Telemetry;
using EdgeProxy.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.FunctionalTests.Telemetry;

[Collection(OneExporterAtATime.Name)]
public sealed class ExportTests
{
    [Fact]
    public async Task StandardVariables_AreHeeded()
    {
        await using var stage = await TelemetryStage.StartAsync(
            "{}",
            new()
            {
                ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-otlp-test=from the variables",
                ["OTEL_SERVICE_NAME"] = "front-door",
                ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=test,service.namespace=llm",
            },
            static exchange => exchange.StreamAsync(Family.Chat.Answer));

        await stage.AskAsync();
        await stage.StopAsync();

        Assert.Equal(["/v1/logs", "/v1/metrics", "/v1/traces"], stage.Receiver.Requests.Select(static request => request.Path).Distinct().Order());
        Assert.All(stage.Receiver.Requests, static request => Assert.Equal("from the variables", request.Header));
        Assert.Equal(
            ("front-door", "test", "llm"),
            (stage.Receiver.Resource["service.name"], stage.Receiver.Resource["deployment.environment.name"], stage.Receiver.Resource["service.namespace"]));
        Assert.NotEmpty(stage.Receiver.Resource["service.version"]);
    }

    [Fact]
    public async Task ServiceName_UnlessSet_IsEdgeproxy()
    {
        await using var stage = await TelemetryStage.StartAsync("{}", null, static exchange => exchange.StreamAsync(Family.Chat.Answer));

        await stage.StopAsync();

        Assert.Equal("edgeproxy", stage.Receiver.Resource["service.name"]);
    }

    [Fact]
    public async Task EndpointOfOneSignal_ExportsThatAlone()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var stage = await TelemetryStage.StartAsync(
            "{}",
            new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "", ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = new Uri(receiver.Address, "/v1/metrics").ToString() },
            static exchange => exchange.StreamAsync(Family.Chat.Answer));

        await stage.AskAsync();
        await stage.StopAsync();

        Assert.Empty(stage.Receiver.Requests);
        Assert.Equal(["/v1/metrics"], receiver.Requests.Select(static request => request.Path).Distinct());
        Assert.Contains(receiver.Points, point => point.Name == "edgeproxy.streams" && point.Attributes["edgeproxy.route"] == stage.Route);
    }

    [Theory]
    [InlineData("OTEL_SDK_DISABLED", "true")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "")]
    public async Task SwitchedOff_ThereIsNothingOfIt(string variable, string value)
    {
        await using var stage = await TelemetryStage.StartAsync("{}", new() { [variable] = value }, static exchange => exchange.StreamAsync(Family.Chat.Answer));

        await stage.AskAsync();
        Assert.Null(stage.Proxy.Services.GetService<OpenTelemetryHost>());
        await stage.StopAsync();

        Assert.Empty(stage.Receiver.Requests);
    }

    [Fact]
    public async Task Grpc_IsTheProtocolUnlessSet()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var stage = await TelemetryStage.StartAsync(
            "{}",
            new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Grpc.ToString(), ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "" },
            static exchange => exchange.StreamAsync(Family.Chat.Answer));

        await stage.AskAsync();
        await stage.StopAsync();

        Assert.Contains(receiver.Spans, span => span.Attributes.GetValueOrDefault("edgeproxy.route") == stage.Route);
        Assert.Contains(receiver.Points, point => point.Attributes.GetValueOrDefault("edgeproxy.route") == stage.Route);
        Assert.Contains(receiver.Logs, log => log.Attributes.GetValueOrDefault("Route") == stage.Route);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "/v1/logs")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "GRPC")]
    public void VariableThatCannotBeUsed_IsAnErrorOfTheConfiguration(string variable, string value)
    {
        var report = EdgeProxyHost.Check(new EdgeProxyHostSettings
        {
            ConfigPaths = [],
            ReadEnvironment = false,
            Settings = new Dictionary<string, string?> { [variable] = value },
        });

        Assert.Contains(report.Errors, error => error.ToString().StartsWith($"{variable}: is '{value}'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CollectorThatIsGone_DoesNotHoldUpTheEnd()
    {
        using var port = new DeadPort();
        await using var dead = await TelemetryStage.StartAsync(
            "{}", new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = port.Address.ToString() }, static exchange => exchange.StreamAsync(Family.Chat.Answer));

        Assert.EndsWith(Family.Done, await dead.AskAsync(), StringComparison.Ordinal);
        await dead.StopAsync().WaitAsync(Patience.Limit, TimeProvider.System);
    }
}
