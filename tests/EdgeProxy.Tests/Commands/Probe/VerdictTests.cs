using EdgeProxy.Commands.Probe;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using EdgeProxy.TestKit;
using static EdgeProxy.Tests.Commands.Probe.Probing;

namespace EdgeProxy.Tests.Commands.Probe;

public sealed class VerdictTests
{
    private const string ChatError = "event: error\ndata: {\"error\":{\"message\":\"Busy.\",\"type\":\"rate_limit_error\",\"code\":\"rate_limit_exceeded\",\"status\":429}}\n\n";
    private const string Delta = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":1}\n\n";

    /// <summary>A whole stream that came with a clean HTTP end, and the verdict.</summary>
    public static TheoryData<string, string, string> WholeStreams => new()
    {
        { "OpenAIChat", Chat(3, finished: true, done: true), "clean" },
        { "OpenAIChat", Chat(3, done: true), "clean" },
        { "OpenAIChat", Chat(3, finished: true), "done_missing" },
        { "OpenAIChat", Chat(3), "incomplete" },
        { "OpenAIChat", Chat(1) + "data: {\"cho", "incomplete" },
        { "OpenAIChat", "", "empty" },
        { "OpenAIChat", ": edgeproxy\n\n: keep-alive\n\n", "empty" },
        { "OpenAIChat", "data: [DONE]\n\n", "clean" },
        { "OpenAIChat", Chat(1) + "data: [DONE]\n", "clean" },
        { "OpenAIChat", Chat(1, done: true) + "\n\n", "clean" },
        { "OpenAIChat", Chat(1, done: true) + "data: [DONE]\n\n", "data_after_done" },
        { "OpenAIChat", Chat(1, done: true) + "data: {\"cho", "data_after_done" },
        { "OpenAIChat", Chat(1) + ChatError + "data: [DONE]\n\n", "error_event" },
        { "OpenAIChat", Chat(1) + ChatError, "error_event_unterminated" },
        { "OpenAIChat", Chat(1, finished: true) + ChatError, "error_event" },
        { "OpenAIResponses", Delta + "event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n", "clean" },
        { "OpenAIResponses", Delta + "event: response.failed\ndata: {\"type\":\"response.failed\"}\n\n", "error_event" },
        { "OpenAIResponses", Delta, "incomplete" },
        { "OpenAIImages", "event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\"}\n\n", "clean" },
        { "AnthropicMessages", "event: ping\ndata: {\"type\": \"ping\"}\n\n", "empty" },
        { "AnthropicMessages", "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", "clean" },
        { "AnthropicMessages", "event: message_start\ndata: {\"type\":\"message_start\"}\n\n", "incomplete" },
        { "AnthropicMessages", "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\ndata: [DONE]\n\n", "error_event" },
        { "Gemini", "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\r\n\r\n", "clean" },
        { "Gemini", "data: {\"candidates\":[{}]}\r\n\r\n", "incomplete" },
        { "Gemini", "data: {\"error\":{\"code\":503,\"message\":\"No.\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n", "error_event" },
        { "Generic", "data: hello\n\n", "clean" },
        { "Generic", "data: hello\n\ndata: wor", "incomplete" },
        { "Generic", "data: hello\n\ndata: world\n", "incomplete" },
    };

    [Theory]
    [MemberData(nameof(WholeStreams))]
    public void Stream_WithACleanHttpEnd_IsJudgedByWhatItSaid_HoweverItIsCut(string dialect, string stream, string code)
    {
        foreach (var pieceLength in (int[])[int.MaxValue, 1, 7])
        {
            Assert.Equal(code, Verdict.Of(Whole(Enum.Parse<DialectKind>(dialect), stream, pieceLength)).Code);
        }
    }

    /// <summary>The recorded streams that tell an error, and the one that just stops.</summary>
    private static readonly Dictionary<string, string> FailedRecordings = new()
    {
        ["writer-completions-1.sse"] = "incomplete",
        ["groq-chat-2.sse"] = "error_event_unterminated",
        ["openrouter-chat-1.sse"] = "error_event",
    };

    public static TheoryData<string> RecordedStreams => [.. Recordings.EventStreams.Select(static recording => recording.File)];

    [Theory]
    [MemberData(nameof(RecordedStreams))]
    public void RecordedStream_OfARealProvider_IsClean_UnlessItFailed(string file)
    {
        var recording = Recordings.Get(file);
        var path = recording.PathAndQuery.Split('?')[0];

        var report = new Probing(DialectPaths.FromPath(path)).Connect().Answer(0.1).Bytes(0.1, recording.Bytes, 1000).End(0.1);

        Assert.Equal(FailedRecordings.GetValueOrDefault(file, "clean"), Verdict.Of(report).Code);
    }

    public static TheoryData<string, string> OtherEnds => new()
    {
        { nameof(EndKind.NoName), "dns_failed" },
        { nameof(EndKind.NoConnection), "connect_failed" },
        { nameof(EndKind.NoTls), "tls_failed" },
        { nameof(EndKind.NoAnswer), "no_answer" },
        { nameof(EndKind.Interrupted), "interrupted" },
        { nameof(EndKind.TimedOut), "timeout" },
    };

    [Theory]
    [MemberData(nameof(OtherEnds))]
    public void Probe_WithoutAnAnswer_SaysWhereItEnded(string ending, string code)
    {
        var verdict = Verdict.Of(new Probing().End(2, Enum.Parse<EndKind>(ending), "because"));

        Assert.Equal((code, false), (verdict.Code, verdict.IsClean));
    }

    [Theory]
    [InlineData("Cut", false, "cut", "The answer was cut: its connection broke 2.0 s after its last byte (reset), and no client can tell what is missing.")]
    [InlineData("Cut", true, "cut", "The answer is whole, but its connection broke 2.0 s after its last byte (reset).")]
    [InlineData("TimedOut", false, "timeout", "The answer had no end within 3.0 s; the last byte came 2.0 s before that.")]
    [InlineData("TimedOut", true, "timeout", "The answer is whole, but its connection was still open after 3.0 s: a client that waits for its end waits on.")]
    public void Stream_ThatHttpDidNotEnd_IsNotClean(string ending, bool isWhole, string code, string text)
    {
        var report = new Probing().Connect().Answer(0.5).Bytes(1, Chat(1, finished: isWhole, done: isWhole)).End(3, Enum.Parse<EndKind>(ending), "reset");

        Assert.Equal(new Verdict(code, text), Verdict.Of(report));
    }

    [Theory]
    [InlineData(503, "application/json", """{"error":{"message":"Overloaded.","code":"server_overloaded"}}""", "http_status", "The answer is HTTP 503: server_overloaded: \"Overloaded.\"")]
    [InlineData(404, "text/html", "<h1>Not\r\nFound</h1>", "http_status", "The answer is HTTP 404: <h1>Not\\r\\nFound</h1>")]
    [InlineData(401, "text/event-stream", "data: x\n\n", "http_status", "The answer is HTTP 401.")]
    [InlineData(201, "text/event-stream", "data: x\n\n", "http_status", "The answer is HTTP 201.")]
    [InlineData(200, "application/json", """{"choices":[]}""", "not_event_stream", "The answer is no event stream but application/json: {\"choices\":[]}")]
    [InlineData(200, "text/html", "", "not_event_stream", "The answer is no event stream but text/html.")]
    public void Answer_ThatIsNoStream_IsToldWithItsOwnWords(int status, string contentType, string body, string code, string text)
    {
        var report = new Probing().Connect().Answer(0.5, Head(status, contentType)).Bytes(1, body).End(1);

        Assert.Equal(new Verdict(code, text), Verdict.Of(report));
    }

    [Fact]
    public void Redirect_SaysWhereTo()
    {
        var report = new Probing().Connect().Answer(0.1, Head(308, "text/html", ("location", "https://example.com/"))).End(0.1);

        Assert.Equal("The answer is HTTP 308 to https://example.com/; the probe follows no redirects.", Verdict.Of(report).Text);
    }

    [Fact]
    public void ErrorEvent_IsToldInItsOwnWords()
    {
        var report = Whole(DialectKind.OpenAIChat, Chat(1) + ChatError + "data: [DONE]\n\n");

        Assert.Equal(new ReportedError("Busy.", "rate_limit_error", "rate_limit_exceeded", 429, null, null), report.Error);
        Assert.Equal("The answer failed, and the stream said so as it should: rate_limit_exceeded (status 429): \"Busy.\"", Verdict.Of(report).Text);
    }

    /// <summary>Head and body at so many seconds, spread over so many more.</summary>
    [Theory]
    [InlineData("a burst after a wait", 4, 0.01, 20, 0, true)]
    [InlineData("a large burst over a slow line", 4, 1.5, 2000, 0, true)]
    [InlineData("held keep-alives", 4, 0.001, 1, 2, true)]
    [InlineData("one keep-alive may have come just then", 4, 0.001, 1, 1, false)]
    [InlineData("a short answer", 4, 0.001, 2, 0, false)]
    [InlineData("an answer without a wait", 0.5, 0.001, 20, 0, false)]
    [InlineData("an answer that takes its time", 4, 2, 20, 0, false)]
    public void Events_InABurstAtTheEnd_AreBuffered(string what, double wait, double burst, int events, int keepAlives, bool buffered)
    {
        var probing = new Probing().Connect().Answer(wait);
        var report = probing
            .Bytes(wait, string.Concat(Enumerable.Repeat(": keep-alive\n\n", keepAlives)) + Chat(1))
            .Bytes(wait + burst, Chat(events - 1, done: true))
            .End(wait + burst);

        Assert.True(Verdict.Of(report).Code == (buffered ? "buffered" : "clean"), what);
    }

    [Fact]
    public void Buffering_ThroughEdgeProxy_IsSeenByItsKeepAlives()
    {
        var report = new Probing().Connect().Answer(20).Bytes(20, ": edgeproxy\n\n: keep-alive\n\n: keep-alive\n\n" + Chat(1, done: true)).End(20);

        Assert.Equal(
            new Verdict("buffered", "2 events came in one burst of 0 ms after 20.0 s of nothing, and the keep-alives with them: buffered by something in between."),
            Verdict.Of(report));
    }
}
