using System.CommandLine;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using EdgeProxy.Commands.Probe;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Probe;

/// <summary>The probe on real sockets, in front of a scripted server.</summary>
public sealed class ProbeTests
{
    private const string Event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n";
    private const string Done = "data: [DONE]\n\n";

    [Fact]
    public async Task GoodStream_IsClean_AndTheRequestIsWhatWasAskedFor()
    {
        await using var backend = await ScriptedBackend.StartAsync(exchange => exchange.StreamAsync(Event + Done));

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(backend.Http1) with { Headers = [new("X-Api-Key", "secret-value"), new("User-Agent", "")] });

        var request = await backend.NextAsync();
        Assert.Equal(("POST", "/v1/chat/completions", """{"stream":true}"""), (request.Method, request.PathAndQuery, request.BodyText));
        Assert.Equal(("application/json", "*/*", "secret-value"), (request.Headers["Content-Type"], request.Headers["Accept"], request.Headers["X-Api-Key"]));
        Assert.DoesNotContain("User-Agent", request.Headers.Keys);
        Assert.Equal(0, code);
        Assert.Contains("POST " + backend.Http1 + "v1/chat/completions, judged as OpenAIChat", output, StringComparison.Ordinal);
        Assert.Contains("content-type: text/event-stream", output, StringComparison.Ordinal);
        Assert.Contains("✓ clean: The answer is whole and ended with [DONE].", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutData_ItIsAGetForAStream()
    {
        await using var backend = await ScriptedBackend.StartAsync(exchange => exchange.StreamAsync("data: hello\n\n"));

        var (code, _) = await ProbeRun.RunAsync(new ProbeRequest { Url = new Uri(backend.Http1, "/events?since=1") });

        var request = await backend.NextAsync();
        Assert.Equal(0, code);
        Assert.Equal(("GET", "/events?since=1", "text/event-stream"), (request.Method, request.PathAndQuery, request.Headers["Accept"]));
    }

    [Fact]
    public async Task SlowFirstByte_SaysWhoWouldHaveDroppedIt_AndProgressIsShownMeanwhile()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(Event + Done);
        });
        using var run = new ProbeRun(ProbeRun.Chat(backend.Http1));
        await run.SeesAsync("sent");
        run.Pass(31.2);
        gate.Open();

        Assert.Equal(0, await run.ExitAsync());
        Assert.Contains("   31.200 s  headers      HTTP/1.1 200 OK, 31.2 s after the request", run.Output, StringComparison.Ordinal);
        Assert.Contains("First byte after 31.2 s: with their default limits these would have dropped this: CloudFront (30 s)", run.Output, StringComparison.Ordinal);
        Assert.Contains("30 s: waiting for the answer", run.Progress, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GapsAndKeepAlives_AreTold()
    {
        var gates = new[] { new Gate(), new Gate(), new Gate() };
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await exchange.StreamAsync(": edgeproxy\n\n");
            await gates[0].WaitAsync();
            await exchange.WriteAsync(": keep-alive\n\n");
            await gates[1].WaitAsync();
            await exchange.WriteAsync(Event);
            await gates[2].WaitAsync();
            await exchange.WriteAsync(Event + Done);
        });
        using var run = new ProbeRun(ProbeRun.Chat(backend.Http1));
        await run.SeesAsync("the primer of EdgeProxy");
        run.Pass(8);
        gates[0].Open();
        await run.SeesAsync("comment \"keep-alive\", after 8.0 s of silence");
        run.Pass(0.5);
        gates[1].Open();
        await run.SeesAsync("8.500 s  first event");
        run.Pass(12);
        gates[2].Open();

        Assert.Equal(0, await run.ExitAsync());
        Assert.Contains("   20.500 s  terminal     [DONE], after 12.0 s of silence", run.Output, StringComparison.Ordinal);
        Assert.Contains("12.0 s without a byte: with their default limits these would have dropped this: Fastly (10 s). EdgeProxy is on the way", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BrokenStream_IsNotClean(bool reset)
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await exchange.StreamAsync(Event);
            await gate.WaitAsync();
            (reset ? (Action)exchange.Reset : exchange.Cut)();
        });
        using var run = new ProbeRun(ProbeRun.Chat(backend.Http1));
        await run.SeesAsync("first event");
        gate.Open();

        Assert.Equal(1, await run.ExitAsync());
        Assert.Contains("✗ cut: The answer was cut", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectionThatEndsWithoutAnAnswer_IsTold()
    {
        await using var backend = await ScriptedBackend.StartAsync(exchange =>
        {
            exchange.Reset();
            return Task.CompletedTask;
        });

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(backend.Http1));

        Assert.Equal(1, code);
        Assert.Contains("✗ no_answer:", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, "application/json", """{"choices":[]}""", "✗ not_event_stream: The answer is no event stream but application/json: {\"choices\":[]}")]
    [InlineData(503, "application/json", """{"error":{"message":"Overloaded.","code":"busy"}}""", "✗ http_status: The answer is HTTP 503: busy: \"Overloaded.\"")]
    [InlineData(302, "text/html", "moved", "✗ http_status: The answer is HTTP 302: moved")]
    [InlineData(200, "text/event-stream", Event + "event: error\ndata: {\"error\":{\"message\":\"Late.\",\"type\":\"t\",\"code\":\"upstream_stalled\",\"status\":504}}\n\n" + Done, "✗ error_event: The answer failed, and the stream said so as it should: upstream_stalled (status 504): \"Late.\"")]
    [InlineData(200, "text/event-stream", Event, "✗ incomplete:")]
    public async Task BadAnswer_IsTold(int status, string contentType, string body, string verdict)
    {
        await using var backend = await ScriptedBackend.StartAsync(exchange => exchange.AnswerAsync(status, contentType, body));

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(backend.Http1));

        Assert.Equal(1, code);
        Assert.Contains(verdict, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlainAnswerWithoutEnd_IsNotReadForever()
    {
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            exchange.SetHead(200, "text/plain");
            var flood = new byte[64 * 1024];
            while (!exchange.AbortedToken.IsCancellationRequested)
            {
                await exchange.WriteAsync(flood);
            }
        });

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(backend.Http1));

        Assert.Equal(1, code);
        Assert.Contains("not waited for", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedConnection_IsTold()
    {
        using var dead = new DeadPort();

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(dead.Address));

        Assert.Equal(1, code);
        Assert.Contains("✗ connect_failed:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownName_IsTold()
    {
        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(new Uri("http://edgeproxy-probe.invalid")));

        Assert.Equal(1, code);
        Assert.Contains("✗ dns_failed:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_EndsWithTheProbesOwnTime()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        using var run = new ProbeRun(ProbeRun.Chat(backend.Http1) with { Timeout = TimeSpan.FromSeconds(40) });
        await run.SeesAsync("sent");
        run.Pass(40);

        Assert.Equal(1, await run.ExitAsync());
        Assert.Contains("✗ timeout: There was no answer within 40.0 s.", run.Output, StringComparison.Ordinal);
        Assert.Contains("No first byte for 40.0 s:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupt_EndsWithAReport()
    {
        await using var backend = await ScriptedBackend.StartAsync(static async exchange =>
        {
            await exchange.StreamAsync(Event);
            await exchange.HangAsync();
        });
        using var run = new ProbeRun(ProbeRun.Chat(backend.Http1));
        await run.SeesAsync("first event");
        run.Interrupt();

        Assert.Equal(1, await run.ExitAsync());
        Assert.Contains("✗ interrupted:", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task EncodedAnswer_IsDecoded(string encoding)
    {
        using var encoded = new MemoryStream();
        await using (Stream encoder = encoding switch
        {
            "gzip" => new GZipStream(encoded, CompressionLevel.Fastest),
            "br" => new BrotliStream(encoded, CompressionLevel.Fastest),
            _ => new ZLibStream(encoded, CompressionLevel.Fastest),
        })
        {
            await encoder.WriteAsync(Encoding.UTF8.GetBytes(Event + Done));
        }

        await using var backend = await ScriptedBackend.StartAsync(exchange =>
            exchange.AnswerAsync(200, "text/event-stream", encoded.ToArray(), ("Content-Encoding", encoding)));

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(backend.Http1));

        Assert.Equal(0, code);
        Assert.Contains($"content-encoding: {encoding}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http2WithoutTls_IsSpokenByPriorKnowledge()
    {
        await using var backend = await ScriptedBackend.StartAsync(exchange => exchange.StreamAsync(Event + Done));

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(backend.H2c) with { Http = ProbeHttp.Http2 });

        Assert.Equal(0, code);
        Assert.Contains("HTTP/2 200", output, StringComparison.Ordinal);
        Assert.Equal("HTTP/2", (await backend.NextAsync()).Protocol);
    }

    [Fact]
    public async Task Resolve_ConnectsElsewhere_AndKeepsTheName()
    {
        await using var backend = await ScriptedBackend.StartAsync(exchange => exchange.StreamAsync(Event + Done));
        var url = new UriBuilder(backend.Http1) { Host = "llm.example" }.Uri;

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(url) with { Resolve = new Dictionary<(string, int), IPAddress> { [("LLM.EXAMPLE", url.Port)] = IPAddress.Loopback } });

        Assert.Equal(0, code);
        Assert.Contains("llm.example is 127.0.0.1 by --resolve", output, StringComparison.Ordinal);
        Assert.Equal($"llm.example:{url.Port}", (await backend.NextAsync()).Headers["Host"]);
    }

    [Theory]
    [InlineData("Any", "HTTP/2 200")]
    [InlineData("Http1", "HTTP/1.1 200 OK")]
    [InlineData("Http2", "HTTP/2 200")]
    public async Task TlsThroughEdgeProxy_IsToldWithItsCertificate(string http, string head)
    {
        await using var stage = await Stage.StartAsync("""{ "Primer": { "After": "00:00:00" } }""", exchange => exchange.StreamAsync(Event + Done));

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(stage.Proxy.Https) with { Insecure = true, Http = Enum.Parse<ProbeHttp>(http) });

        Assert.True(code == 0, output);
        Assert.Matches(@"tls          TLS 1\.[23](, h2)? in \d+ ms, certificate of localhost by localhost", output);
        Assert.Contains(head, output, StringComparison.Ordinal);
        Assert.Contains("the primer of EdgeProxy", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificateOfAStranger_IsRefused()
    {
        await using var stage = await Stage.StartAsync("{}", exchange => exchange.StreamAsync(Event + Done));

        var (code, output) = await ProbeRun.RunAsync(ProbeRun.Chat(stage.Proxy.Https));

        Assert.Equal(1, code);
        Assert.Contains("✗ tls_failed: No TLS: The remote certificate", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Credentials_ThatTheServerSendsBack_AreNeverPrinted(bool asJson)
    {
        const string Secret = "sk-0123456789abcdef";
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            exchange.SetHead(200, "text/event-stream", ("Via", exchange.Headers["Authorization"]), ("X-Request-Id", $"id {Secret}"));
            await exchange.WriteAsync($": {Secret}\n\nevent: error\ndata: {{\"error\":{{\"message\":\"Wrong key {Secret}\",\"code\":\"{Secret}\",\"request_id\":\"{Secret}\"}}}}\n\n{Done}");
        });
        var request = ProbeRun.Chat(backend.Http1);
        request = request with { Url = new Uri($"{request.Url}?key={Secret}"), Headers = [new("Authorization", $"Bearer {Secret}")] };

        var (_, output) = await ProbeRun.RunAsync(request, asJson);

        Assert.DoesNotContain(Secret, output, StringComparison.Ordinal);
        Assert.Contains("Wrong key [hidden]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_IsOneDocument_WithAllThatWasSeen()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync($": x\n\n{Event}{Done}");
        });
        using var run = new ProbeRun(ProbeRun.Chat(backend.Http1), asJson: true);
        await Patience.UntilAsync(() => backend.Exchanges.Count == 1, "the request");
        await run.Clock.AdvanceUntilAsync(Task.Run(() => Patience.UntilAsync(() => run.Progress.Contains("waiting for the answer", StringComparison.Ordinal), "progress")), TimeSpan.FromSeconds(30));
        run.Pass(20);
        gate.Open();

        Assert.Equal(0, await run.ExitAsync());
        using var document = JsonDocument.Parse(run.Output);
        var json = document.RootElement;
        Assert.True(json.GetProperty("clean").GetBoolean());
        Assert.Equal("clean", json.GetProperty("verdict").GetProperty("code").GetString());
        Assert.Equal("OpenAIChat", json.GetProperty("request").GetProperty("dialect").GetString());
        Assert.Equal(backend.Http1.Authority, json.GetProperty("connection").GetProperty("remote").GetString());
        Assert.Equal(200, json.GetProperty("response").GetProperty("status").GetInt32());
        Assert.Equal("text/event-stream", json.GetProperty("response").GetProperty("headers").GetProperty("content-type").GetString());
        Assert.True(json.GetProperty("seconds").GetProperty("first_event").GetDecimal() >= 20);
        Assert.Equal((2, 1), (json.GetProperty("counts").GetProperty("events").GetInt64(), json.GetProperty("counts").GetProperty("comments").GetInt64()));
        Assert.Contains("Fastly first_byte", json.GetProperty("limits_exceeded").EnumerateArray().Select(static limit => $"{limit.GetProperty("name")} {limit.GetProperty("kind")}"));
        Assert.Equal(
            ["connected", "sent", "headers", "first_byte", "keep_alive", "first_event", "terminal", "end"],
            json.GetProperty("timeline").EnumerateArray().Select(static moment => moment.GetProperty("kind").GetString()));
    }

    /// <summary>The command line as a whole, on the system's clock.</summary>
    [Theory]
    [InlineData(Event + Done, 0)]
    [InlineData(Event, 1)]
    public async Task CommandLine_ExitsAsTheStreamEnded(string stream, int expected)
    {
        await using var backend = await ScriptedBackend.StartAsync(exchange => exchange.StreamAsync(stream));
        using var output = new StringWriter();

        var code = await Program.RunAsync(
            ["probe", $"{backend.Http1}v1/chat/completions", "--data", """{"stream":true}""", "-H", "X-Trace: 1", "--json"],
            new InvocationConfiguration { Output = output, Error = TextWriter.Null });

        Assert.Equal(expected, code);
        Assert.Equal("1", (await backend.NextAsync()).Headers["X-Trace"]);
        using var document = JsonDocument.Parse(output.ToString());
        Assert.Equal(expected == 0, document.RootElement.GetProperty("clean").GetBoolean());
    }
}
