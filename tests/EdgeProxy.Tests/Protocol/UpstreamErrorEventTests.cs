using System.Text;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

/// <summary>An error as the first event of a stream, in each provider's shape.</summary>
public sealed class UpstreamErrorEventTests
{
    private const string BadGateway = "The backend answered 502 Bad Gateway.";

    /// <summary>The stream, and what the failure makes of it: status, message, type, code, param, Google's status, seconds to wait.</summary>
    public static TheoryData<string, int, string, string, string, string?, string?, double?> Shapes => new()
    {
        // OpenAI chat: unnamed, words alone
        { """data: {"error": {"message": "The server had an error", "type": "server_error", "param": null, "code": null}}""", 500, "The server had an error", "server_error", "server_error", null, null, null },
        { """data: {"error":{"message":"Slow down","type":"tokens","param":null,"code":"rate_limit_exceeded"}}""", 429, "Slow down", "tokens", "rate_limit_exceeded", null, null, null },
        { """data: {"error":{"message":"Pay","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""", 429, "Pay", "insufficient_quota", "insufficient_quota", null, null, null },
        { """data: {"error":{"message":"Too long","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}""", 400, "Too long", "invalid_request_error", "context_length_exceeded", "messages", null, null },
        { """data: {"error":{"message":"No","type":"invalid_request_error","code":"invalid_api_key"}}""", 401, "No", "invalid_request_error", "invalid_api_key", null, null, null },
        { """data: {"error":{"message":"Full","type":"service_unavailable_error","code":"server_is_overloaded"}}""", 503, "Full", "service_unavailable_error", "server_is_overloaded", null, null, null },
        // OpenAI Responses: flat, and nested as we write it
        { "event: error\n" + """data: {"type":"error","code":"server_error","message":"Boom","param":null,"sequence_number":0}""", 500, "Boom", "server_error", "server_error", null, null, null },
        { """data: {"type":"error","code":"ERR_SOMETHING","message":"Boom","param":"x"}""", 502, "Boom", "server_error", "ERR_SOMETHING", "x", null, null },
        { "event: error\n" + """data: {"type":"error","error":{"type":"invalid_request_error","code":"invalid_prompt","message":"Flagged","param":null}}""", 400, "Flagged", "invalid_request_error", "invalid_prompt", null, null, null },
        // Azure: the status in a number or in a string, the reason in an inner error
        { """data: {"error":{"message":"Filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", 400, "Filtered", "invalid_request_error", "content_filter", "prompt", null, null },
        { """data: {"error":{"message":"Filtered","inner_error":{"code":"ResponsibleAIPolicyViolation"}}}""", 400, "Filtered", "invalid_request_error", "ResponsibleAIPolicyViolation", null, null, null },
        { """data: {"error":{"code":"429","message":"Busy"}}""", 429, "Busy", "rate_limit_error", "429", null, null, null },
        // Groq
        { "event: error\n" + """data: {"error":{"message":"Tool call failed","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"{\"a\": [1]}","status_code":400}}""", 400, "Tool call failed", "invalid_request_error", "tool_use_failed", null, null, null },
        { """data: {"error":{"message":"Tool call failed","type":"invalid_request_error","code":"tool_use_failed"}}""", 400, "Tool call failed", "invalid_request_error", "tool_use_failed", null, null, null },
        // OpenRouter: inside a chunk; on Responses under a type of its own
        { ": OPENROUTER PROCESSING\n\n" + """data: {"id":"gen-1","error":{"code":503,"message":"Provider is down"},"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}""", 503, "Provider is down", "overloaded_error", "server_overloaded", null, null, null },
        { """data: {"id":"cmpl-1","error":{"code":"server_error","message":"Provider disconnected"},"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}""", 500, "Provider disconnected", "server_error", "server_error", null, null, null },
        { """data: {"type":"response.error","error":{"code":"rate_limit_exceeded","message":"Slow down"}}""", 429, "Slow down", "rate_limit_error", "rate_limit_exceeded", null, null, null },
        // Anthropic
        { Anthropic("invalid_request_error"), 400, "Words", "invalid_request_error", "invalid_request_error", null, null, null },
        { Anthropic("authentication_error"), 401, "Words", "authentication_error", "invalid_api_key", null, null, null },
        { Anthropic("billing_error"), 402, "Words", "billing_error", "invalid_request_error", null, null, null },
        { Anthropic("permission_error"), 403, "Words", "permission_error", "permission_denied", null, null, null },
        { Anthropic("not_found_error"), 404, "Words", "not_found_error", "model_not_found", null, null, null },
        { Anthropic("request_too_large"), 413, "Words", "request_too_large", "invalid_request_error", null, null, null },
        { Anthropic("rate_limit_error"), 429, "Words", "rate_limit_error", "rate_limit_exceeded", null, null, null },
        { Anthropic("api_error"), 500, "Words", "api_error", "server_error", null, null, null },
        { Anthropic("timeout_error"), 504, "Words", "timeout_error", "server_error", null, null, null },
        { Anthropic("overloaded_error"), 529, "Words", "overloaded_error", "server_overloaded", null, null, null },
        { Anthropic("brand_new_error"), 502, "Words", "brand_new_error", "server_error", null, null, null },
        // Gemini and Vertex: with and without the number, with RetryInfo, in CRLF
        { """data: {"error":{"code":503,"message":"Busy","status":"UNAVAILABLE"}}""" + "\r\n\r\n", 503, "Busy", "overloaded_error", "server_overloaded", null, "UNAVAILABLE", null },
        { """data: {"error":{"message":"Quota","status":"RESOURCE_EXHAUSTED"}}""", 429, "Quota", "rate_limit_error", "rate_limit_exceeded", null, "RESOURCE_EXHAUSTED", null },
        { """data: {"error":{"message":"Bad","status":"INVALID_ARGUMENT"}}""", 400, "Bad", "invalid_request_error", "invalid_request_error", null, "INVALID_ARGUMENT", null },
        { """data: {"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED","details":[7,{"@type":"type.googleapis.com/google.rpc.QuotaFailure"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}""", 429, "Quota", "rate_limit_error", "rate_limit_exceeded", null, "RESOURCE_EXHAUSTED", 34.5 },
        { """data: {"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"soon"},{"retryDelay":"7"}]}}""", 429, "Quota", "rate_limit_error", "rate_limit_exceeded", null, "RESOURCE_EXHAUSTED", null },
        // vLLM, SGLang; llama.cpp; TGI; Mistral; Ollama; Cohere
        { """data: {"error": {"object": "error", "message": "Too many tokens", "type": "BadRequestError", "param": null, "code": 400}}""", 400, "Too many tokens", "BadRequestError", "invalid_request_error", null, null, null },
        { """data: {"error":{"code":400,"message":"exceeds the available context size","type":"exceed_context_size_error","n_ctx":8192}}""", 400, "exceeds the available context size", "exceed_context_size_error", "invalid_request_error", null, null, null },
        { """data: {"error":"Model is overloaded","error_type":"overloaded"}""", 503, "Model is overloaded", "overloaded_error", "server_overloaded", null, null, null },
        { """data: {"error":"Input validation error","error_type":"validation"}""", 422, "Input validation error", "invalid_request_error", "invalid_request_error", null, null, null },
        { "event: error\n" + """data: {"object":"error","message":"Capacity exceeded","type":"service_tier_capacity_exceeded","param":null,"code":"3505"}""", 429, "Capacity exceeded", "service_tier_capacity_exceeded", "3505", null, null, null },
        { "event: error\n" + """data: {"object":"error","message":"Slow down","type":"other","code":"1300","raw_status_code":429}""", 429, "Slow down", "other", "1300", null, null, null },
        { """data: {"error":"model runner has stopped"}""", 502, "model runner has stopped", "server_error", "server_error", null, null, null },
        { "event: error\n" + """data: {"message":"invalid api token"}""", 502, "invalid api token", "server_error", "server_error", null, null, null },
        // Gateways, ours among them, tell what the 200 has hidden
        { """data: {"type":"error","code":null,"message":"Slow down","param":null,"sequence_number":1,"status_code":429,"retry_after_seconds":30}""", 429, "Slow down", "rate_limit_error", "rate_limit_exceeded", null, null, 30 },
        { """data: {"error":{"message":"Filtered","type":"guardrail_blocked","code":"guardrail_intervention"},"http_code":403}""", 403, "Filtered", "guardrail_blocked", "guardrail_intervention", null, null, null },
        { "event: error\n" + """data: {"error":{"message":"No event","type":"timeout_error","param":null,"code":"upstream_timeout","status":504,"request_id":"r","retry_after":1.5,"attempts":3,"source":"upstream"}}""", 504, "No event", "timeout_error", "upstream_timeout", null, null, 1.5 },
        { """data: {"error":{"code":503,"message":"Full","status":"UNAVAILABLE","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"edge_overloaded","domain":"edgeproxy","metadata":{"retry_after":"2"}}]}}""", 503, "Full", "overloaded_error", "server_overloaded", null, "UNAVAILABLE", 2 },
        { """data: {"error":{"message":"Busy"},"retry_after":"12"}""", 502, "Busy", "server_error", "server_error", null, null, 12 },
        { """data: {"error":{"message":"Busy","retry_after":-1}}""", 502, "Busy", "server_error", "server_error", null, null, null },
        // What tells no error status tells none
        { """data: {"error":{"message":"Odd","code":200}}""", 502, "Odd", "server_error", "server_error", null, null, null },
        { """data: {"error":{"message":"Odd","code":399,"status":600}}""", 502, "Odd", "server_error", "server_error", null, null, null },
        { """data: {"error":{"message":"Odd","code":4.29e2}}""", 502, "Odd", "server_error", "server_error", null, null, null },
        { """data: {"error":{"message":"Odd","code":99999999999999999999,"status":{},"type":[]}}""", 502, "Odd", "server_error", "server_error", null, null, null },
        // The number outranks the word, the error object what stands beside it, the code the type
        { """data: {"error":{"message":"M","type":"rate_limit_error","code":503}}""", 503, "M", "rate_limit_error", "server_overloaded", null, null, null },
        { """data: {"error":{"message":"M","status":503},"status":429}""", 503, "M", "overloaded_error", "server_overloaded", null, null, null },
        { """data: {"error":{"message":"M","type":"invalid_request_error","code":"model_not_found"}}""", 404, "M", "invalid_request_error", "model_not_found", null, null, null },
        // Several data lines; an error without words; a name without JSON
        { "data: {\"error\":\ndata: {\"message\":\ndata: \"Busy\",\"code\":503}}", 503, "Busy", "overloaded_error", "server_overloaded", null, null, null },
        { "data: {\"error\":{}}", 502, BadGateway, "server_error", "server_error", null, null, null },
        { "data: {\"error\":true}", 502, BadGateway, "server_error", "server_error", null, null, null },
        { "data: {\"type\":\"error\"}", 502, BadGateway, "server_error", "server_error", null, null, null },
        { "event: error\ndata: secret trace at host-7.internal", 502, BadGateway, "server_error", "server_error", null, null, null },
        { "event: error\ndata:", 502, BadGateway, "server_error", "server_error", null, null, null },
        { "event: error\ndata: {\"error\":\"cut", 502, BadGateway, "server_error", "server_error", null, null, null },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ReadEvent_KnownShape_IsTheFailureItAmountsTo(
        string stream, int status, string message, string type, string code, string? param, string? googleStatus, double? retryAfter)
    {
        var failure = Read(stream + "\n\n");

        Assert.Equal(
            new StreamFailure
            {
                Status = status,
                Message = message,
                Type = type,
                Code = code,
                Param = param,
                GoogleStatus = googleStatus,
                RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                Source = FailureSource.Upstream,
            },
            failure);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ReadEvent_MoreEventsBehindIt_ReadsTheFirstAlone(
        string stream, int status, string message, string type, string code, string? param, string? googleStatus, double? retryAfter)
    {
        _ = (status, message, type, code, param, googleStatus, retryAfter);

        Assert.Equal(Read(stream + "\n\n"), Read(": x\n\nevent: nothing\n\n" + stream + "\n\ndata: {\"error\":{\"code\":418}}\n\ndata: [DONE]\n\n"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(": comment\n\n")]
    [InlineData("event: error\n\n")]
    [InlineData("event: error\ndata: {\"error\":\"x\"}\n")]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("data: {\"error\":null,\"choices\":[]}\n\n")]
    [InlineData("data: {\"error\":false}\n\n")]
    [InlineData("data: {\"error\":\"\",\"choices\":[]}\n\n")]
    [InlineData("data: {\"choices\":[{\"error\":\"x\"}]}\n\n")]
    [InlineData("data: {\"type\":\"errors\"}\n\n")]
    [InlineData("data: {\"error\":\"cut\n\n")]
    [InlineData("data: {\"error\":\"x\"} trailing\n\n")]
    [InlineData("data: error\n\n")]
    [InlineData("event: Error\ndata: {}\n\n")]
    [InlineData("event: message\ndata: {\"choices\":[]}\n\nevent: error\ndata: {\"error\":\"late\"}\n\n")]
    [InlineData("{\"error\":\"no event stream\"}")]
    public void ReadEvent_NoError_GivesNull(string stream) => Assert.Null(Read(stream));

    [Fact]
    public void ReadEvent_RecordedErrors_AreRead()
    {
        var groq = ErrorEventOf("groq-chat-2.sse");
        var openRouter = ErrorEventOf("openrouter-chat-1.sse");

        Assert.Equal((400, "tool_use_failed", "invalid_request_error"), (groq.Status, groq.Code, groq.Type));
        Assert.Equal((400, "Token limit reached"), (openRouter.Status, openRouter.Message));
    }

    [Fact]
    public void ReadEvent_RecordedAnswers_AreNone()
    {
        foreach (var entry in Recordings.EventStreams())
        {
            Assert.Null(UpstreamError.ReadEvent(Recordings.Read(entry.GetProperty("file").GetString()!)));
        }
    }

    [Fact]
    public void ReadEvent_HugeTexts_AreBounded()
    {
        var text = new string('x', 100_000);

        var failure = Read($$$"""data: {"error":{"message":"{{{text}}}","type":"{{{text}}}","code":"{{{text}}}"}}""" + "\n\n")!;

        Assert.Equal((4096, "server_error", "server_error"), (failure.Message.Length, failure.Type, failure.Code));
    }

    [Fact]
    public void ReadEvent_HugeEvent_IsAnErrorByItsNameAlone()
    {
        var data = $$$"""data: {"pad":"{{{new string('x', 5_000_000)}}}","error":{"code":429}}""" + "\n\n";

        Assert.Null(Read(data));
        Assert.Equal(502, Read("event: error\n" + data)?.Status);
    }

    [Fact]
    public void ReadEvent_WithoutWords_HidesThem() => Assert.Equal(
        UpstreamError.Read(429, null, default, null, ErrorDetail.Generic),
        UpstreamError.WithoutWords(Read("""data: {"error":{"message":"Secret","type":"tokens","code":"rate_limit_exceeded","param":"p"}}""" + "\n\n")!));

    private static string Anthropic(string type) =>
        $$$"""
        event: error
        data: {"type":"error","error":{"type":"{{{type}}}","message":"Words"},"request_id":"req_1"}
        """;

    private static StreamFailure ErrorEventOf(string recording)
    {
        var events = Encoding.UTF8.GetString(Recordings.Read(recording)).Split("\n\n");
        return Read(events.Single(text => text.Contains("\"error\":{", StringComparison.Ordinal)) + "\n\n")!;
    }

    private static StreamFailure? Read(string stream) => UpstreamError.ReadEvent(Encoding.UTF8.GetBytes(stream));
}
