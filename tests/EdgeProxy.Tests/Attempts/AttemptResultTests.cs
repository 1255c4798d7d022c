using System.Text;
using EdgeProxy.Attempts;

namespace EdgeProxy.Tests.Attempts;

public sealed class AttemptResultTests
{
    private const string Json = """{"error":{"message":"Slow down.","type":"rate_limit_error","code":"rate_limit_exceeded"}}""";

    private const string ErrorEvent = "event: error\ndata: " + Json + "\n\n";

    /// <summary>(fault or "" for none, whether the answer ended cleanly, status, content type, body) and the failure's (code, status), or null.</summary>
    public static TheoryData<string, bool, int, string?, string, string?, int> Cases => new()
    {
        { "", true, 200, "text/event-stream", "", null, 0 },
        { "", true, 429, "application/json", "", null, 0 },
        { "Reset", false, 200, "text/event-stream", "", "upstream_disconnected", 502 },
        { "Reset", true, 200, "text/event-stream", "", "stream_incomplete", 502 },
        { "Silent", false, 200, "text/event-stream", "", "upstream_timeout", 504 },
        { "Unreachable", false, 502, null, "", "upstream_unreachable", 502 },
        { "NoDestination", true, 503, null, "", "upstream_unreachable", 502 },
        { "RequestBody", true, 413, null, "", "invalid_request_error", 413 },
        { "Internal", true, 500, null, "", "edge_internal", 500 },
        { "NotEventStream", true, 200, "text/html; charset=utf-8", "", "upstream_not_sse", 502 },
        { "NotEventStream", true, 200, "application/json", Json, "upstream_not_sse", 502 },
        { "NotEventStream", true, 200, null, "", "upstream_not_sse", 502 },
        { "NotEventStream", true, 302, "text/html", "", "upstream_not_sse", 502 },
        { "Status", true, 429, "application/json", Json, "rate_limit_exceeded", 429 },
        { "Status", true, 503, "text/html", "<h1>gone</h1>", "server_overloaded", 503 },
        { "ErrorEvent", true, 200, "text/event-stream", ErrorEvent, "rate_limit_exceeded", 429 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Result_IsItsFailure(string fault, bool isEmpty, int status, string? contentType, string body, string? code, int failureStatus)
    {
        var failure = Result(fault, isEmpty, status, contentType, body).ToFailure();

        Assert.Equal(code, failure?.Code);
        Assert.Equal(failureStatus, failure?.Status ?? 0);
    }

    [Theory]
    [InlineData(200, "text/html; charset=utf-8", "text/html")]
    [InlineData(200, "no type at all\r\ndata: x", "no content type")]
    [InlineData(200, "text/event-stream", "an encoding that cannot be read")]
    [InlineData(302, "text/html", "status 302")]
    public void NotAStream_IsNamedInOurOwnWords(int status, string contentType, string named)
    {
        var failure = Result("NotEventStream", true, status, contentType, "<secret>").ToFailure();

        Assert.Equal($"The backend answered with {named} where an event stream was expected.", failure!.Message);
    }

    private static AttemptResult Result(string fault, bool isEmpty, int status, string? contentType, string body) => new()
    {
        Answer = UpstreamAnswer.Captured,
        Fault = fault.Length == 0 ? null : Enum.Parse<AttemptFault>(fault),
        IsEmpty = isEmpty,
        Status = status,
        ContentType = contentType,
        Body = Encoding.UTF8.GetBytes(body),
        Exception = new InvalidOperationException("detail"),
    };
}
