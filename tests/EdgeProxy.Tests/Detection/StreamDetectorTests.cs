using EdgeProxy.Detection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Tests.Detection;

/// <summary>The table of section 3 of the design, row by row, on the request's head alone.</summary>
public sealed class StreamDetectorTests
{
    private const string Json = " | Content-Type: application/json | Content-Length: 9";
    private const string Form = " | Content-Type: multipart/form-data; boundary=b | Content-Length: 9";

    /// <summary>A head (lines parted by bars) and its verdict: a wish, or the body to search and the wish that holds if that says nothing.</summary>
    public static TheoryData<string, string> Auto => new()
    {
        // Never a stream of ours, whatever else the request says.
        { "GET /live | Upgrade: websocket | Connection: Upgrade | Accept: text/event-stream", "NotAStream" },
        { "POST /v1/chat/completions | Upgrade: SPDY/3.1" + Json, "NotAStream" },
        { "GET /x?stream=true | Upgrade: h2c, websocket", "NotAStream" },
        { "GET /x?stream=true | Upgrade: h2c | Upgrade: websocket", "NotAStream" },
        { "CONNECT /live | Accept: text/event-stream", "NotAStream" },
        { "TRACE /x | Accept: text/event-stream", "NotAStream" },
        { "HEAD /v1/responses/r1?stream=true | Accept: text/event-stream", "NotAStream" },
        { "head /x | Accept: text/event-stream", "NotAStream" },
        { "OPTIONS /generate_stream | Accept: text/event-stream", "NotAStream" },
        { "POST /x:streamRawPredict | Content-Type: application/grpc", "NotAStream" },
        { "POST /x | Accept: text/event-stream | Content-Type: application/grpc+proto", "NotAStream" },
        { "POST /x | Accept: text/event-stream | Content-Type: Application/gRPC-Web-Text; a=b", "NotAStream" },
        { "POST /model/anthropic.claude/converse-stream" + Json, "NotAStream" },
        { "POST /model/m/invoke-with-response-stream/" + Json, "NotAStream" },
        { "POST /api/chat" + Json, "NotAStream" },
        { "POST /ollama/API/Chat/ | Accept: text/event-stream" + Json, "NotAStream" },
        { "POST /api/generate?stream=true" + Json, "NotAStream" },
        { "GET /api/generate?stream=true", "NotAStream" },

        // HTTP/2 offered over plain text, as Java's client does with every request, is no upgrade.
        { "POST /v1/chat/completions | Upgrade: h2c | Connection: Upgrade, HTTP2-Settings" + Json, "Json else NotAStream" },
        { "POST /generate_stream | Upgrade: H2C ,", "Stream" },

        // Gemini.
        { "POST /v1beta/models/g:streamGenerateContent?alt=sse" + Json, "Stream" },
        { "POST /v1beta/models/g:streamGenerateContent?key=k&ALT=SSE", "Stream" },
        { "POST /v1beta/models/g:STREAMGENERATECONTENT/?alt=sse", "Stream" },
        { "POST /v1beta/models/g:streamGenerateContent" + Json, "NotAStream" },
        { "POST /v1beta/models/g:streamGenerateContent?alt=json | Accept: text/event-stream" + Json, "NotAStream" },
        { "POST /v1beta/models/g:streamGenerateContent?alt=sse&alt=json", "NotAStream" },
        { "POST /v1beta/models/g:streamGenerateContent?alt | Accept: */*", "NotAStream" },
        { "POST /v1beta/models/g:generateContent?alt=sse" + Json, "Json else NotAStream" },

        // Other paths that stand for a stream.
        { "POST /v1/projects/p/locations/l/publishers/anthropic/models/c:streamRawPredict" + Json, "Stream" },
        { "POST /generate_stream", "Stream" },
        { "POST /tgi/Generate_Stream/" + Json, "Stream" },
        { "POST /ml/v1/text/chat_stream?version=2024" + Json, "Stream" },
        { "POST /ml/v1/text/generation_stream" + Json, "Stream" },
        { "POST /generate_stream/" + Form, "Stream" },
        { "POST /generate_stream//" + Json, "Json else NotAStream" },
        { "POST /generate_streams" + Json, "Json else NotAStream" },
        { "POST /chat_stream" + Json, "Json else NotAStream" },

        // A GET that asks by query.
        { "GET /v1/responses/r1?stream=true", "Stream" },
        { "GET /v1/responses/r1?starting_after=4&stream=True", "Stream" },
        { "get /v1/responses/r1?Stream=true", "Stream" },
        { "GET /v1/responses/r1?stream=false&stream=true", "Stream" },
        { "GET /v1/responses/r1?stream=true&stream=false", "NotAStream" },
        { "GET /v1/responses/r1?stream=false", "NotAStream" },
        { "GET /v1/responses/r1?stream=1", "NotAStream" },
        { "GET /v1/responses/r1?stream", "NotAStream" },
        { "GET /v1/responses/r1?upstream=true", "NotAStream" },
        { "GET /v1/responses/r1", "NotAStream" },
        { "POST /v1/responses/r1?stream=true", "NotAStream" },

        // Bodies that have a say.
        { "POST /v1/chat/completions" + Json, "Json else NotAStream" },
        { "POST /v1/chat/completions | Accept: application/json" + Json, "Json else NotAStream" },
        { "POST /v1/chat/completions | Accept: */*" + Json, "Json else NotAStream" },
        { "POST /v1/chat/completions | Accept: text/event-stream" + Json, "Json else Stream" },
        { "POST /mcp | Accept: application/json, text/event-stream" + Json, "Json else DecidedByAnswer" },
        { "PUT / | Content-Type: APPLICATION/JSON ; charset=utf-8 | Content-Length: 1", "Json else NotAStream" },
        { "POST /x | Content-Type: application/json; | Transfer-Encoding: chunked", "Json else NotAStream" },
        { "POST /x | Content-Type: application/json; charset | Content-Length: 1", "Json else NotAStream" },
        { "POST /x | Content-Type: application/vnd.api+JSON;v=1 | Content-Length: 1", "Json else NotAStream" },
        { "POST /x | Content-Encoding: identity" + Json, "Json else NotAStream" },
        { "POST /v1/images/edits | Accept: application/json" + Form, "Multipart(b) else NotAStream" },
        { "POST /v1/images/edits | Accept: text/event-stream" + Form, "Multipart(b) else Stream" },
        { "POST /x | Content-Type: Multipart/Form-Data; charset=utf-8; boundary=\"a b:c\" | Content-Length: 1", "Multipart(a b:c) else NotAStream" },

        // Bodies that have none.
        { "POST /x | Content-Type: application/json", "NotAStream" },
        { "POST /x | Content-Type: application/json | Content-Length: 0 | Accept: text/event-stream", "Stream" },
        { "POST /x | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Encoding: gzip" + Json, "NotAStream" },
        { "POST /x | Content-Encoding: identity, br | Accept: text/event-stream" + Json, "Stream" },
        { "POST /x | Content-Encoding: identity | Content-Encoding: zstd" + Form, "NotAStream" },
        { "POST /x | Content-Type: text/plain | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: text/json | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: application/jsonl | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: json | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: application/x-www-form-urlencoded | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: multipart/mixed; boundary=b | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: multipart/form-data | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: multipart/form-data; boundary= | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: multipart/form-data; boundary=\"\" | Content-Length: 9 | Accept: text/event-stream", "Stream" },
        { "POST /x | Content-Type: multipart/form-data; boundary=\"é\" | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: multipart/form-data; boundary=" + new string('b', 257) + " | Content-Length: 9", "NotAStream" },
        { "POST /x | Content-Type: ; | Content-Length: 9", "NotAStream" },

        // Accept.
        { "GET /events | Accept: text/event-stream", "Stream" },
        { "GET /events | Accept: Text/Event-Stream;q=0.1;charset=utf-8", "Stream" },
        { "GET /events | Accept: text/html, text/event-stream, */*", "Stream" },
        { "GET /events | Accept: text/html | Accept: text/event-stream", "Stream" },
        { "GET /events | Accept: ???, text/event-stream", "Stream" },
        { "POST /mcp | Accept: application/json | Accept: text/event-stream", "DecidedByAnswer" },
        { "POST /mcp | Accept: text/event-stream, application/json;q=0.5", "DecidedByAnswer" },
        { "GET /events | Accept: text/event-stream, application/json;q=0", "Stream" },
        { "GET /events | Accept: text/event-stream;q=0.000, application/json", "NotAStream" },
        { "GET /events | Accept: text/event-stream;q=0", "NotAStream" },
        { "GET /events | Accept: text/*", "NotAStream" },
        { "GET /events | Accept: */*", "NotAStream" },
        { "GET /events | Accept: application/text/event-stream", "NotAStream" },
        { "GET /events | Accept: text/event-streams", "NotAStream" },
        { "GET /events | Accept: application/x; p=\"a, text/event-stream\"", "NotAStream" },
        { "GET /events | Accept: application/x; p=\"\\\", application/json\", text/event-stream", "Stream" },
        { "GET /events | Accept: text/event-stream; q=x", "Stream" },
        { "GET /events | Accept: text/event-stream;q=0, text/event-stream;v=1", "Stream" },
        { "GET /events | Accept: ,, text/event-stream ,", "Stream" },
        { "GET /events | Accept: text/event-stream application/json", "NotAStream" },
        { "GET /events | Accept: \"text/event-stream", "NotAStream" },
        { "GET /", "NotAStream" },
        { "DELETE /v1/responses/r1", "NotAStream" },
    };

    public static TheoryData<string, string> Always => new()
    {
        { "GET /", "Stream" },
        { "POST /v1/chat/completions" + Json, "Stream" },
        { "POST /api/chat" + Json, "Stream" },
        { "POST /model/m/converse-stream" + Json, "Stream" },
        { "POST /g:streamGenerateContent" + Json, "Stream" },
        { "HEAD /", "NotAStream" },
        { "OPTIONS /", "NotAStream" },
        { "CONNECT /", "NotAStream" },
        { "TRACE /", "NotAStream" },
        { "GET / | Upgrade: websocket", "NotAStream" },
        { "GET / | Upgrade: h2c", "Stream" },
        { "POST / | Content-Type: application/grpc-web+proto", "NotAStream" },
    };

    [Theory]
    [MemberData(nameof(Auto))]
    public void FromHead_Auto_FollowsTheTable(string head, string expected) =>
        Assert.Equal(expected, Detect(DetectMode.Auto, head));

    [Theory]
    [MemberData(nameof(Always))]
    public void FromHead_Always_IsAStreamWhereTheProtocolAllowsOne(string head, string expected) =>
        Assert.Equal(expected, Detect(DetectMode.Always, head));

    [Theory]
    [MemberData(nameof(Auto))]
    public void FromHead_Never_IsNotAStream(string head, string _) =>
        Assert.Equal("NotAStream", Detect(DetectMode.Never, head));

    [Theory]
    [InlineData("POST /v1/chat/completions | Content-Type: application/json", true, "Json else NotAStream")]
    [InlineData("GET /mcp | Content-Type: application/json | Accept: text/event-stream", false, "Stream")]
    [InlineData("POST /x | Content-Type: application/json | Content-Length: 0", true, "NotAStream")]
    public void FromHead_ServerKnowsWhetherABodyComes_BelievesIt(string head, bool canHaveBody, string expected) =>
        Assert.Equal(expected, Detect(DetectMode.Auto, head, new BodyDetection(canHaveBody)));

    private static string Detect(DetectMode mode, string head, IHttpRequestBodyDetectionFeature? body = null)
    {
        var context = new DefaultHttpContext();
        var request = context.Request;
        var lines = head.Split(" | ");
        var target = lines[0].Split(' ', 2);
        var query = target[1].IndexOf('?');
        request.Method = target[0];
        request.Path = query < 0 ? target[1] : target[1][..query];
        request.QueryString = query < 0 ? default : new QueryString(target[1][query..]);
        foreach (var line in lines[1..])
        {
            var colon = line.IndexOf(": ");
            request.Headers[line[..colon]] = StringValues.Concat(request.Headers[line[..colon]], line[(colon + 2)..]);
        }

        context.Features.Set(body);
        var verdict = StreamDetector.FromHead(request, new DetectionSettings(mode, Dialect: null, MaxInspectedBodyBytes: 1024));
        Assert.Equal(verdict.Body != InspectedBody.None, verdict.NeedsBody);
        return verdict.Body switch
        {
            InspectedBody.None => $"{verdict.Wish}",
            InspectedBody.Multipart => $"Multipart({verdict.Boundary}) else {verdict.Wish}",
            _ => $"{verdict.Body} else {verdict.Wish}",
        };
    }

    private sealed record BodyDetection(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;
}
