using System.Buffers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Tests.Protocol.Dialects;

public sealed class ErrorFrameTests
{
    private static readonly StreamFailure RateLimit = new()
    {
        Code = "rate_limit_exceeded",
        Type = "rate_limit_error",
        Message = "Slow down",
        Status = 429,
        Source = FailureSource.Upstream,
        RetryAfter = TimeSpan.FromSeconds(12),
        Attempts = 3,
    };

    private static readonly StreamFailure Incomplete = StreamFailure.Incomplete();

    private const string RateLimitObject =
        """{"message":"Slow down","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded","status":429,"request_id":"req-1","retry_after":12,"attempts":3,"source":"upstream"}""";

    private const string RateLimitOfGoogle =
        """{"error":{"code":429,"message":"Slow down","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"rate_limit_exceeded","domain":"edgeproxy","metadata":{"type":"rate_limit_error","request_id":"req-1","retry_after":"12","attempts":"3","source":"upstream"}}]}}""";

    public static TheoryData<string> Kinds => [.. Enum.GetNames<DialectKind>()];

    public static TheoryData<string, string> KindsAndTexts => new MatrixTheoryData<string, string>(Enum.GetNames<DialectKind>(), HostileTexts.All.Keys);

    public static TheoryData<string, string> Frames => new()
    {
        { "OpenAIChat", $"event: error\ndata: {{\"error\":{RateLimitObject}}}\n\n" },
        { "Generic", $"event: error\ndata: {{\"error\":{RateLimitObject}}}\n\n" },
        { "OpenAIResponses", $"event: error\ndata: {{\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"Slow down\",\"param\":null,\"sequence_number\":7,\"error\":{RateLimitObject}}}\n\n" },
        { "OpenAIImages", $"event: error\ndata: {{\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"Slow down\",\"param\":null,\"sequence_number\":7,\"error\":{RateLimitObject}}}\n\n" },
        { "AnthropicMessages", $"event: error\ndata: {{\"type\":\"error\",\"error\":{RateLimitObject},\"request_id\":\"req-1\"}}\n\n" },
        { "Gemini", $"data: {RateLimitOfGoogle}\r\n\r\n" },
    };

    public static TheoryData<string, string> Bodies => new()
    {
        { "OpenAIChat", $"{{\"error\":{RateLimitObject}}}" },
        { "Generic", $"{{\"error\":{RateLimitObject}}}" },
        { "OpenAIResponses", $"{{\"error\":{RateLimitObject}}}" },
        { "OpenAIImages", $"{{\"error\":{RateLimitObject}}}" },
        { "AnthropicMessages", $"{{\"type\":\"error\",\"error\":{RateLimitObject},\"request_id\":\"req-1\"}}" },
        { "Gemini", RateLimitOfGoogle },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public void WriteErrorFrame_Failure_IsTheContractsFrame(string kind, string expected) =>
        Assert.Equal(expected, Frame(kind, RateLimit));

    [Theory]
    [MemberData(nameof(Bodies))]
    public void WriteErrorBody_Failure_IsTheContractsBody(string kind, string expected)
    {
        var output = new ArrayBufferWriter<byte>();
        Of(kind).WriteErrorBody(output, RateLimit, "req-1");

        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WriteErrorFrame_NoAttempt_SaysNothingOfAttempts(string kind) =>
        Assert.DoesNotContain("attempts", Frame(kind, RateLimit with { Attempts = 0 }), StringComparison.Ordinal);

    [Theory]
    [InlineData("Gemini", "Unknown", "\r\n\r\n")]
    [InlineData("Gemini", "CrLf", "\r\n\r\n")]
    [InlineData("Gemini", "Lf", "\n\n")]
    [InlineData("Gemini", "Cr", "\r\r")]
    [InlineData("OpenAIChat", "CrLf", "\n\n")]
    [InlineData("OpenAIResponses", "Cr", "\n\n")]
    [InlineData("AnthropicMessages", "Unknown", "\n\n")]
    public void WriteErrorFrame_LineEnding_IsTheUpstreamsForGeminiAlone(string kind, string lineEnding, string end)
    {
        var frame = Frame(kind, RateLimit, lineEnding: Enum.Parse<LineEnding>(lineEnding));

        Assert.EndsWith("}" + end, frame, StringComparison.Ordinal);
        Assert.Single(Parse(frame));
    }

    [Theory]
    [MemberData(nameof(KindsAndTexts))]
    public void WriteErrorFrame_HostileTextEverywhere_IsStillOneEvent(string kind, string name)
    {
        var text = HostileTexts.All[name];
        var failure = RateLimit with { Message = text, Type = text, Code = text, Param = text, GoogleStatus = text };

        var frame = Frame(kind, failure, requestId: text);

        var isGemini = kind == nameof(DialectKind.Gemini);
        var (eventType, data) = Assert.Single(Parse(frame));
        Assert.Equal(isGemini ? "message" : "error", eventType);
        Assert.DoesNotContain(data, letter => letter is < ' ' or > '~');
        Assert.Equal(isGemini ? $"data: {data}\r\n\r\n" : $"event: error\ndata: {data}\n\n", frame);
        Assert.True(frame.Length < 64 * 1024, $"{frame.Length} bytes.");
        using var json = JsonDocument.Parse(data);
        Assert.Equal(JsonValueKind.Object, json.RootElement.GetProperty("error").ValueKind);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WriteErrorFrame_EveryFailureOfOurs_HasNonEmptyWords(string kind)
    {
        StreamFailure[] failures =
        [
            StreamFailure.Unreachable(), StreamFailure.FirstEventTimeout(TimeSpan.FromSeconds(1)), StreamFailure.Stalled(TimeSpan.FromSeconds(1)),
            StreamFailure.Disconnected(), StreamFailure.NotEventStream("text/html"), Incomplete, StreamFailure.TooLong(TimeSpan.FromSeconds(1)),
            StreamFailure.Internal(new InvalidOperationException("secret")), UpstreamError.Read(500, null, default, null, ErrorDetail.Upstream),
        ];
        foreach (var failure in failures)
        {
            var (_, data) = Assert.Single(Parse(Frame(kind, failure)));
            using var json = JsonDocument.Parse(data);
            var error = json.RootElement.GetProperty("error");

            Assert.NotEqual("", error.GetProperty("message").GetString());
            Assert.DoesNotContain("secret", data, StringComparison.Ordinal);
            if (kind == nameof(DialectKind.Gemini))
            {
                Assert.Equal(failure.Status, error.GetProperty("code").GetInt32());
                Assert.NotEqual("", error.GetProperty("status").GetString());
                Assert.All(error.GetProperty("details")[0].GetProperty("metadata").EnumerateObject(), member => Assert.Equal(JsonValueKind.String, member.Value.ValueKind));
                continue;
            }

            Assert.NotEqual("", error.GetProperty("type").GetString());
            Assert.Equal(failure.Code, error.GetProperty("code").GetString());
            Assert.Equal(failure.Status, error.GetProperty("status").GetInt32());
            Assert.Equal(failure.Source == FailureSource.Edge ? "edge" : "upstream", error.GetProperty("source").GetString());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WriteErrorFrame_ReadByItsOwnTracker_IsAnErrorAndNoEnding(string kind)
    {
        var tracker = TrackerFeed.Of(kind, Frame(kind, RateLimit));

        Assert.True(tracker.SawError);
        Assert.False(tracker.SawTerminal);
    }

    [Theory]
    [InlineData("OpenAIResponses", 0)]
    [InlineData("OpenAIResponses", 41)]
    [InlineData("OpenAIImages", long.MaxValue)]
    public void WriteErrorFrame_SequenceNumber_IsTheNext(string kind, long next)
    {
        var frame = Frame(kind, RateLimit, next: next);

        using var json = JsonDocument.Parse(Assert.Single(Parse(frame)).Data);
        Assert.Equal(next, json.RootElement.GetProperty("sequence_number").GetInt64());
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "authentication_error")]
    [InlineData(402, "billing_error")]
    [InlineData(403, "permission_error")]
    [InlineData(404, "not_found_error")]
    [InlineData(408, "timeout_error")]
    [InlineData(409, "invalid_request_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(500, "api_error")]
    [InlineData(502, "api_error")]
    [InlineData(503, "overloaded_error")]
    [InlineData(504, "timeout_error")]
    [InlineData(529, "overloaded_error")]
    public void WriteErrorFrame_AnthropicWithoutATypeOfItsOwn_TakesItFromTheStatus(int status, string expected)
    {
        Assert.Equal(expected, AnthropicType(UpstreamError.Read(status, null, default, null, ErrorDetail.Upstream)));
        Assert.Equal(expected, AnthropicType(RateLimit with { Status = status, Source = FailureSource.Edge, Type = "anything" }));
    }

    [Theory]
    [InlineData(400, "billing_error")]
    [InlineData(500, "api_error")]
    [InlineData(529, "overloaded_error")]
    public void WriteErrorFrame_AnthropicWithATypeOfItsOwn_KeepsIt(int status, string type)
    {
        var body = Encoding.UTF8.GetBytes($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"m"}}""");

        Assert.Equal(type, AnthropicType(UpstreamError.Read(status, null, body, null, ErrorDetail.Upstream)));
    }

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT")]
    [InlineData(401, "UNAUTHENTICATED")]
    [InlineData(403, "PERMISSION_DENIED")]
    [InlineData(404, "NOT_FOUND")]
    [InlineData(408, "DEADLINE_EXCEEDED")]
    [InlineData(409, "ABORTED")]
    [InlineData(422, "FAILED_PRECONDITION")]
    [InlineData(429, "RESOURCE_EXHAUSTED")]
    [InlineData(500, "INTERNAL")]
    [InlineData(501, "UNIMPLEMENTED")]
    [InlineData(502, "UNAVAILABLE")]
    [InlineData(503, "UNAVAILABLE")]
    [InlineData(504, "DEADLINE_EXCEEDED")]
    [InlineData(529, "UNAVAILABLE")]
    [InlineData(599, "INTERNAL")]
    public void WriteErrorFrame_Gemini_HasGooglesWordForTheStatus(int status, string expected)
    {
        var frame = Frame("Gemini", RateLimit with { Status = status });

        Assert.StartsWith($"data: {{\"error\":{{\"code\":{status},", frame, StringComparison.Ordinal);
        Assert.Contains($"\"status\":\"{expected}\"", frame, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteErrorFrame_GeminiWithGooglesOwnWord_KeepsIt() => Assert.Contains(
        "\"status\":\"ABORTED\"", Frame("Gemini", RateLimit with { GoogleStatus = "ABORTED" }), StringComparison.Ordinal);

    private static string AnthropicType(StreamFailure failure)
    {
        using var json = JsonDocument.Parse(Assert.Single(Parse(Frame("AnthropicMessages", failure))).Data);
        return json.RootElement.GetProperty("error").GetProperty("type").GetString()!;
    }

    private static Dialect Of(string kind) => Dialect.Of(Enum.Parse<DialectKind>(kind));

    private static string Frame(string kind, StreamFailure failure, string requestId = "req-1", long next = 7, LineEnding lineEnding = LineEnding.Unknown)
    {
        var output = new ArrayBufferWriter<byte>();
        Of(kind).WriteErrorFrame(output, failure, new ErrorFrameContext { RequestId = requestId, NextSequenceNumber = next, LineEnding = lineEnding });
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static List<(string EventType, string Data)> Parse(string frame) =>
        [.. SseParser.Create(new MemoryStream(Encoding.UTF8.GetBytes(frame))).Enumerate().Select(item => (item.EventType, item.Data))];
}
