using System.Text;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

public sealed class UpstreamErrorTests
{
    private const string Json = "application/json";

    /// <summary>Status, body, and what the failure keeps of it: message, type, code, param, Google's status.</summary>
    public static TheoryData<int, string, string, string, string, string?, string?> KnownShapes => new()
    {
        // OpenAI
        { 429, """{"error":{"message":"Slow down","type":"tokens","param":null,"code":"rate_limit_exceeded"}}""", "Slow down", "tokens", "rate_limit_exceeded", null, null },
        { 400, """{"error":{"message":"Too long","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""", "Too long", "invalid_request_error", "context_length_exceeded", "messages", null },
        { 401, """{"error":{"message":"No","type":null,"param":null,"code":null}}""", "No", "authentication_error", "invalid_api_key", null, null },
        { 404, """{"error":{"message":"No such model","type":"","code":" "}}""", "No such model", "not_found_error", "model_not_found", null, null },
        { 503, """{"error":{"message":"Busy","code":503}}""", "Busy", "overloaded_error", "server_overloaded", null, null },
        { 429, """{"error":{"message":"Busy","type":"None","code":"429"}}""", "Busy", "None", "429", null, null },
        { 500, """{"error":{"type":"boom","code":"b"}}""", "The backend answered 500 Internal Server Error.", "boom", "b", null, null },
        { 500, """{"error":{"message":7,"type":{},"code":[],"param":1}}""", "The backend answered 500 Internal Server Error.", "server_error", "server_error", null, null },
        { 500, """{"error":{}}""", "The backend answered 500 Internal Server Error.", "server_error", "server_error", null, null },
        { 500, """ {"error":{"message":"first"},"error":{"message":"last wins"}} """, "last wins", "server_error", "server_error", null, null },
        { 500, "\uFEFF{\"error\":{\"message\":\"behind a mark\"}}\r\n", "behind a mark", "server_error", "server_error", null, null },
        // Azure's content filter: a numeric status inside is no word of Google's
        { 400, """{"error":{"message":"Filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", "Filtered", "invalid_request_error", "content_filter", "prompt", null },
        // Azure's images API: the inner code tells more than a missing one or a number
        { 400, """{"error":{"message":"Filtered","code":"400","inner_error":{"code":"ResponsibleAIPolicyViolation"}}}""", "Filtered", "invalid_request_error", "ResponsibleAIPolicyViolation", null, null },
        { 400, """{"error":{"message":"Filtered","innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", "Filtered", "invalid_request_error", "ResponsibleAIPolicyViolation", null, null },
        { 400, """{"error":{"message":"Filtered","code":"400","innererror":"none"}}""", "Filtered", "invalid_request_error", "400", null, null },
        // Anthropic
        { 529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}""", "Overloaded", "overloaded_error", "server_overloaded", null, null },
        { 500, """{"type":"error","error":{"type":"api_error","message":"Internal server error"}}""", "Internal server error", "api_error", "server_error", null, null },
        { 400, """{"type":"error","message":"Bad"}""", "Bad", "invalid_request_error", "invalid_request_error", null, null },
        // Gemini, with and without alt=sse
        { 429, """{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"}]}}""", "Quota", "rate_limit_error", "rate_limit_exceeded", null, "RESOURCE_EXHAUSTED" },
        { 503, """[{"error":{"code":503,"message":"Busy","status":"UNAVAILABLE"}}]""", "Busy", "overloaded_error", "server_overloaded", null, "UNAVAILABLE" },
        { 503, """{"error":{"message":"Busy","status":"not a word"}}""", "Busy", "overloaded_error", "server_overloaded", null, null },
        // vLLM, old and new
        { 400, """{"object":"error","message":"Too many tokens","type":"BadRequestError","param":null,"code":400}""", "Too many tokens", "BadRequestError", "invalid_request_error", null, null },
        { 404, """{"error":{"message":"No model","type":"NotFoundError","param":"model","code":404}}""", "No model", "NotFoundError", "model_not_found", "model", null },
        // Mistral
        { 422, """{"object":"error","message":{"detail":[{"loc":["body","top_p"],"msg":"too big"}]},"type":"invalid_request_error","code":"1510"}""", "too big", "invalid_request_error", "1510", null, null },
        // TGI, Ollama, xAI, NestJS
        { 422, """{"error":"Input validation error","error_type":"validation"}""", "Input validation error", "invalid_request_error", "invalid_request_error", null, null },
        { 404, """{"error":"model 'x' not found"}""", "model 'x' not found", "not_found_error", "model_not_found", null, null },
        { 400, """{"code":"Client specified an invalid argument","error":"Bad key"}""", "Bad key", "invalid_request_error", "Client specified an invalid argument", null, null },
        { 400, """{"statusCode":400,"message":"model is missing","error":"Bad Request"}""", "model is missing", "invalid_request_error", "invalid_request_error", null, null },
        { 500, """{"error":"","message":"Boom"}""", "Boom", "server_error", "server_error", null, null },
        { 500, """{"error":null,"message":"Boom"}""", "Boom", "server_error", "server_error", null, null },
        // Cohere, AWS
        { 401, """{"message":"invalid api token"}""", "invalid api token", "authentication_error", "invalid_api_key", null, null },
        // FastAPI, RFC 9457
        { 404, """{"detail":"Not Found"}""", "Not Found", "not_found_error", "model_not_found", null, null },
        { 422, """{"detail":[{"type":"missing","loc":["body","messages",0,"role"],"msg":"Field required","input":{"a":[[1]]}}]}""", "Field required", "invalid_request_error", "invalid_request_error", "messages.0.role", null },
        { 422, """{"detail":[{"msg":"one"},{"msg":"two"},7,null,{"x":1}]}""", "one; two", "invalid_request_error", "invalid_request_error", null, null },
        { 403, """{"detail":{"error":{"message":"Blocked","code":"guard"}}}""", "Blocked", "permission_error", "guard", null, null },
        { 503, """{"type":"about:blank","title":"Busy","detail":"All slots are taken"}""", "All slots are taken", "overloaded_error", "server_overloaded", null, null },
    };

    /// <summary>Bodies that say nothing a client may see.</summary>
    public static TheoryData<string> UnknownBodies =>
    [
        "", " ", "null", "true", "7", "\"secret\"", "{}", "[]", "[{},{}]", "[7]", "[[{\"error\":\"secret\"}]]",
        "secret stack trace\n  at host-7.internal:8080",
        "<html><body>secret nginx/1.25</body></html>",
        "{\"error\":{\"message\":\"secret\"", "{\"error\":\"secret", "{\"error\":\"secret\"}}", "{\"error\":\"secret\"} trailing", "{'error':'secret'}",
        "{\"error\":\"secret\",}", "{\"error\":\"secret\" /* c */}", "{\"error\":\"sec\nret\"}",
        "{\"error\":\"secret \\uD800\"}", "{\"\\uD800\":1,\"error\":\"secret\"}",
        "{\"title\":\"secret\",\"trace\":\"secret\"}", "{\"message\":7}", "{\"detail\":7}", "{\"detail\":[]}", "{\"error\":[\"secret\"]}",
    ];

    public static TheoryData<int, string, string, string> Statuses => new()
    {
        { 400, "The backend answered 400 Bad Request.", "invalid_request_error", "invalid_request_error" },
        { 401, "The backend answered 401 Unauthorized.", "authentication_error", "invalid_api_key" },
        { 403, "The backend answered 403 Forbidden.", "permission_error", "permission_denied" },
        { 404, "The backend answered 404 Not Found.", "not_found_error", "model_not_found" },
        { 408, "The backend answered 408 Request Timeout.", "timeout_error", "server_error" },
        { 413, "The backend answered 413 Payload Too Large.", "invalid_request_error", "invalid_request_error" },
        { 422, "The backend answered 422 Unprocessable Entity.", "invalid_request_error", "invalid_request_error" },
        { 429, "The backend answered 429 Too Many Requests.", "rate_limit_error", "rate_limit_exceeded" },
        { 499, "The backend answered 499 Client Closed Request.", "invalid_request_error", "invalid_request_error" },
        { 500, "The backend answered 500 Internal Server Error.", "server_error", "server_error" },
        { 501, "The backend answered 501 Not Implemented.", "server_error", "server_error" },
        { 502, "The backend answered 502 Bad Gateway.", "server_error", "server_error" },
        { 503, "The backend answered 503 Service Unavailable.", "overloaded_error", "server_overloaded" },
        { 504, "The backend answered 504 Gateway Timeout.", "timeout_error", "server_error" },
        { 529, "The backend answered 529.", "overloaded_error", "server_overloaded" },
        { 599, "The backend answered 599.", "server_error", "server_error" },
    };

    [Theory]
    [MemberData(nameof(KnownShapes))]
    public void Read_KnownShape_KeepsTheUpstreamsWords(int status, string body, string message, string type, string code, string? param, string? googleStatus)
    {
        var failure = Read(status, body);

        Assert.Equal(
            (message, type, code, param, googleStatus),
            (failure.Message, failure.Type, failure.Code, failure.Param, failure.GoogleStatus));
        Assert.Equal(status, failure.Status);
        Assert.Equal(FailureSource.Upstream, failure.Source);
    }

    [Theory]
    [MemberData(nameof(KnownShapes))]
    public void Read_KnownShapeUnderGeneric_HidesTheUpstreamsWords(int status, string body, string message, string type, string code, string? param, string? googleStatus)
    {
        _ = (message, type, code, param, googleStatus);
        var expected = Read(status, "");

        Assert.Equal(expected, Read(status, body, detail: ErrorDetail.Generic));
        Assert.Equal(expected, UpstreamError.WithoutWords(Read(status, body)));
    }

    [Theory]
    [MemberData(nameof(UnknownBodies))]
    public void Read_UnknownBody_TellsTheStatusAlone(string body) => Assert.Equal(Read(503, ""), Read(503, body));

    [Theory]
    [MemberData(nameof(KnownShapes))]
    public void Read_KnownShapeCutAnywhere_NeverTellsAPart(int status, string body, string message, string type, string code, string? param, string? googleStatus)
    {
        _ = (message, type, code, param, googleStatus);
        var bytes = Encoding.UTF8.GetBytes(body.TrimEnd());
        var expected = Read(status, "");

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(expected, UpstreamError.Read(status, Json, bytes.AsSpan(0, length), null, ErrorDetail.Upstream));
        }
    }

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Read_NoBody_NamesTheStatus(int status, string message, string type, string code)
    {
        var failure = Read(status, "");

        Assert.Equal((message, type, code, status), (failure.Message, failure.Type, failure.Code, failure.Status));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(302)]
    [InlineData(600)]
    [InlineData(int.MaxValue)]
    public void Read_NoErrorStatus_IsABadGateway(int status) => Assert.Equal(Read(502, ""), Read(status, ""));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/problem+json")]
    [InlineData("text/plain")]
    [InlineData("no type at all")]
    public void Read_JsonUnderAnyType_IsRead(string? contentType) =>
        Assert.Equal("Busy", Read(503, """{"error":{"message":"Busy"}}""", contentType).Message);

    [Theory]
    [InlineData("data: {\"error\":{\"message\":\"Busy\"}}\n\n")]
    [InlineData("event: error\r\ndata:{\"error\":{\"message\":\"Busy\"}}\r\n\r\ndata: [DONE]\r\n\r\n")]
    [InlineData(": hello\rdata: {\"error\":\"Busy\"}")]
    [InlineData("event: error\n\n\uFEFFdata: no field\ndata: {\"error\":\ndata: \"Busy\"}\n\n")]
    public void Read_ErrorStatusWithAnEventStream_ReadsItsFirstEvent(string body) =>
        Assert.Equal("Busy", Read(503, body, "text/event-stream; charset=utf-8").Message);

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData(": secret")]
    [InlineData("{\"error\":\"secret\"}")]
    [InlineData("data: secret\n\n")]
    public void Read_EventStreamWithoutAnError_TellsTheStatusAlone(string body) =>
        Assert.Equal(Read(503, ""), Read(503, body, "text/event-stream"));

    [Fact]
    public void Read_BytesThatAreNotUtf8_TellTheStatusAlone()
    {
        byte[] body = [.. "{\"error\":\"secret "u8, 0xFF, 0xC0, 0x80, .. "\"}"u8];

        Assert.Equal(Read(503, ""), UpstreamError.Read(503, Json, body, null, ErrorDetail.Upstream));
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"detail\":", "}")]
    [InlineData("{\"error\":", "}")]
    public void Read_DeepNesting_TellsTheStatusAlone(string open, string close)
    {
        var body = string.Concat(Enumerable.Repeat(open, 100_000)) + "\"secret\"" + string.Concat(Enumerable.Repeat(close, 100_000));

        Assert.Equal(Read(503, ""), Read(503, body));
    }

    [Fact]
    public void Read_HugeTexts_AreBounded()
    {
        var text = new string('x', 100_000);
        var failure = Read(503, $$$"""{"error":{"message":"{{{text}}}","type":"{{{text}}}","code":"{{{text}}}","param":"{{{text}}}","status":"{{{text.ToUpperInvariant()}}}"}}""");

        Assert.Equal(new string('x', 4096), failure.Message);
        Assert.Equal(("overloaded_error", "server_overloaded", null, null), (failure.Type, failure.Code, failure.Param, failure.GoogleStatus));
    }

    [Fact]
    public void Read_HugeBody_TellsTheStatusAlone() =>
        Assert.Equal(Read(503, ""), Read(503, $$"""{"pad":"{{new string('x', 5_000_000)}}","error":"secret"}"""));

    [Fact]
    public void Read_RetryAfter_IsKept()
    {
        var wait = TimeSpan.FromSeconds(12);

        Assert.Equal(wait, UpstreamError.Read(429, Json, default, wait, ErrorDetail.Upstream).RetryAfter);
        Assert.Equal(wait, UpstreamError.Read(429, Json, default, wait, ErrorDetail.Generic).RetryAfter);
    }

    private static StreamFailure Read(int status, string body, string? contentType = Json, ErrorDetail detail = ErrorDetail.Upstream) =>
        UpstreamError.Read(status, contentType, Encoding.UTF8.GetBytes(body), null, detail);
}
