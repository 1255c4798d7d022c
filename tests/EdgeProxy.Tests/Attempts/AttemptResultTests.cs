using System.Text;
using EdgeProxy.Attempts;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Attempts;

public sealed class AttemptResultTests
{
    private const string Json = """{"error":{"message":"Slow down.","type":"rate_limit_error","code":"rate_limit_exceeded"}}""";

    /// <summary>(answer, fault, status, content type, body) and the failure's (code, status), or null.</summary>
    public static TheoryData<string, string, int, string?, string, string?, int> Cases => new()
    {
        { "Events", "None", 200, "text/event-stream", "", null, 0 },
        { "Events", "InBody", 200, "text/event-stream", "", "upstream_disconnected", 502 },
        { "PassedThrough", "None", 429, "application/json", "", null, 0 },
        { "PassedThrough", "InBody", 200, "application/json", "", "upstream_disconnected", 502 },
        { "None", "BeforeHead", 502, null, "", "upstream_unreachable", 502 },
        { "None", "NoDestination", 503, null, "", "upstream_unreachable", 502 },
        { "None", "ClientBody", 413, null, "", "invalid_request_error", 413 },
        { "None", "Internal", 500, null, "", "edge_internal", 500 },
        { "Events", "Internal", 200, "text/event-stream", "", "edge_internal", 500 },
        { "Captured", "None", 200, "text/html; charset=utf-8", "", "upstream_not_sse", 502 },
        { "Captured", "None", 200, "application/json", Json, "upstream_not_sse", 502 },
        { "Captured", "None", 200, null, "", "upstream_not_sse", 502 },
        { "Captured", "None", 204, null, "", "upstream_not_sse", 502 },
        { "Captured", "None", 302, "text/html", "", "upstream_not_sse", 502 },
        { "Captured", "None", 429, "application/json", Json, "rate_limit_exceeded", 429 },
        { "Captured", "InBody", 429, "application/json", Json, "rate_limit_exceeded", 429 },
        { "Captured", "None", 503, "text/html", "<h1>gone</h1>", "server_overloaded", 503 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Result_IsItsFailure(string answer, string fault, int status, string? contentType, string body, string? code, int failureStatus)
    {
        var failure = Result(answer, fault, status, contentType, body).ToFailure(ErrorDetail.Upstream);

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
        var failure = Result("Captured", "None", status, contentType, "<secret>").ToFailure(ErrorDetail.Upstream);

        Assert.Equal($"The backend answered with {named} where an event stream was expected.", failure!.Message);
    }

    private static AttemptResult Result(string answer, string fault, int status, string? contentType, string body) => new()
    {
        Answer = Enum.Parse<UpstreamAnswer>(answer),
        Fault = Enum.Parse<UpstreamFault>(fault),
        Status = status,
        ContentType = contentType,
        Body = Encoding.UTF8.GetBytes(body),
        Exception = new InvalidOperationException("detail"),
    };
}
