using System.Net;
using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Detection;

/// <summary>
/// Whether a request is a stream, seen from outside: with <c>Primer.After: 0</c> a stream opens with the primer, anything else with the
/// backend's own answer. Whatever is decided, the body reaches the backend byte for byte.
/// </summary>
public sealed class DetectionTests(DetectionFixture fixture)
{
    private const string Json = "application/json";
    private const string Chat = "/v1/chat/completions";

    /// <summary>Content type, target, body, extra header, whether it is a stream.</summary>
    public static TheoryData<string?, string, string, string?, bool> Requests() => new()
    {
        { Json, Chat, """{"stream":true}""", null, true },
        { Json, Chat, """{"stream":true}""", "Accept: application/json", true },
        { "application/json; charset=utf-8", Chat, """{"stream":true}""", null, true },
        { "application/vnd.acme+json", Chat, """{"stream":true}""", null, true },
        { "APPLICATION/JSON", Chat, """{"stream":true}""", null, true },
        { Json, Chat, " \r\n\t{ \"stream\" : true , \"a\" : 1 }\n", null, true },
        { Json, Chat, "\uFEFF{\"stream\":true}", null, true },
        { Json, Chat, """{"messages":[{"content":"\"stream\": true"}]}""", null, false },
        { Json, Chat, """{"messages":[{"stream":true}],"a":{"stream":true}}""", null, false },
        { Json, Chat, """{"messages":[{"stream":false}],"stream":true}""", null, true },
        { Json, Chat, """{"stre\u0061m":true}""", null, true },
        { Json, Chat, """{"Stream":true}""", null, false },
        { Json, Chat, """{"stream":false,"stream":true}""", null, true },
        { Json, Chat, """{"stream":true,"stream":false}""", null, false },
        { Json, Chat, """{"stream":true,"stream":null}""", null, false },
        { Json, Chat, """{"stream":"true"}""", null, false },
        { Json, Chat, """{"stream":1}""", null, false },
        { Json, Chat, """{"stream":[true]}""", null, false },
        { Json, Chat, """[{"stream":true}]""", null, false },
        { Json, Chat, """{"stream":true""", null, false },
        { Json, Chat, """{"a":1} trailing {"stream":true}""", null, false },
        { Json, Chat, "", null, false },
        { Json, Chat, "null", null, false },
        { Json, "/v1/audio/speech", """{"input":"x","stream_format":"sse"}""", null, true },
        { Json, "/v1/audio/speech", """{"input":"x","stream_format":"audio"}""", null, false },
        { "text/plain", Chat, """{"stream":true}""", null, false },
        { null, Chat, """{"stream":true}""", null, false },
        { Json, "/v1beta/models/g:streamGenerateContent?alt=sse", "{}", null, true },
        { Json, "/v1beta/models/g:streamGenerateContent", "{}", null, false },
        { Json, "/v1beta/models/g:generateContent?alt=sse", "{}", null, false },
        { Json, "/v1/projects/p/models/claude:streamRawPredict", "{}", null, true },
        { Json, "/generate_stream", "{}", null, true },
        { Json, "/ml/v1/text/chat_stream?version=1", "{}", null, true },
        { Json, "/ml/v1/text/generation_stream", "{}", null, true },
        { Json, "/api/chat", """{"stream":true}""", null, false },
        { Json, "/api/generate", """{"stream":true}""", null, false },
        { Json, "/model/m/converse-stream", """{"stream":true}""", null, false },
        { Json, "/model/m/invoke-with-response-stream", """{"stream":true}""", null, false },
        { "application/grpc", Chat, """{"stream":true}""", null, false },
        { Json, "/any", "{}", "Accept: text/event-stream", true },
        { Json, "/any", "{}", "Accept: text/html, text/event-stream;q=0.9", true },
        { Json, "/any", """{"stream":false}""", "Accept: text/event-stream", false },
        { Json, "/mcp", "{}", "Accept: application/json, text/event-stream", false },
        { Json, "/mcp", """{"stream":true}""", "Accept: application/json, text/event-stream", true },
    };

    public static TheoryData<string, string, bool> Gets() => new()
    {
        { "GET", "/v1/responses/resp_1?stream=true", true },
        { "GET", "/v1/responses/resp_1?starting_after=0&stream=true", true },
        { "GET", "/v1/responses/resp_1?stream=false", false },
        { "GET", "/v1/responses/resp_1", false },
        { "GET", "/v1/responses/resp_1?xstream=true", false },
        { "HEAD", "/v1/responses/resp_1?stream=true", false },
        { "OPTIONS", "/v1/responses/resp_1?stream=true", false },
    };

    /// <summary>The parts of a form, in order, and whether it is a stream.</summary>
    public static TheoryData<string, bool> Forms() => new()
    {
        { "stream=true|file", true },
        { "file|stream=true", true },
        { "file|file|stream=true|model=x", true },
        { "stream=false|file", false },
        { "file|model=x", false },
        { "file-named-stream=true", false },
        { "xstream=true|file", false },
        { "stream=true|stream=false", false },
        { "quoted-stream=true|file", true },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Body_IsAStreamOrNot_AsItSays(string? contentType, string target, string body, string? header, bool isStream)
    {
        foreach (var framing in Enum.GetValues<Framing>())
        {
            foreach (var protocol in Enum.GetValues<ClientProtocol>())
            {
                await AssertAsync(protocol, "POST", target, contentType, Encoding.UTF8.GetBytes(body), header, framing, isStream);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Gets))]
    public async Task Query_IsAStreamOrNot_AsItSays(string method, string target, bool isStream) =>
        await AssertAsync(ClientProtocol.Http1, method, target, null, [], null, Framing.Length, isStream);

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Form_IsAStreamOrNot_AsItsFieldSays(string parts, bool isStream)
    {
        var body = DetectionRequest.Form(parts, fileBytes: 100_000);
        await AssertAsync(ClientProtocol.Http1, "POST", "/v1/images/edits", "multipart/form-data; boundary=\"x y\"", body, null, Framing.Chunked, isStream);
        await AssertAsync(ClientProtocol.H2c, "POST", "/v1/audio/transcriptions", "multipart/form-data; boundary=\"x y\"", body, null, Framing.Length, isStream);
    }

    [Theory]
    [InlineData("Always", "{}", true)]
    [InlineData("Never", """{"stream":true}""", false)]
    public async Task Detect_SetByThePolicy_Decides(string mode, string body, bool isStream) =>
        await AssertAsync(ClientProtocol.Http1, "POST", $"/{mode}/v1/chat/completions", Json, Encoding.UTF8.GetBytes(body), null, Framing.Length, isStream);

    [Theory]
    [InlineData(ClientProtocol.Http1, Framing.Length, true)]
    [InlineData(ClientProtocol.Http1, Framing.Chunked, true)]
    [InlineData(ClientProtocol.Http2Tls, Framing.Length, true)]
    [InlineData(ClientProtocol.H2c, Framing.Chunked, true)]
    [InlineData(ClientProtocol.H2c, Framing.Length, false)]
    public async Task BodyOf20MB_FlagAtItsEnd_IsDecidedLate(ClientProtocol protocol, Framing framing, bool isStream)
    {
        var image = DetectionRequest.Letters(20 << 20);
        var body = Encoding.ASCII.GetBytes($$"""{"messages":[{"image":"data:image/png;base64,{{image}}"}],"stream":{{(isStream ? "true" : "false")}}}""");
        await AssertAsync(protocol, "POST", Chat, Json, body, null, framing, isStream);
    }

    [Fact]
    public async Task LargeBodiesSideBySide_OnOneHttp2Connection_KeepItsFlowControl()
    {
        using var client = fixture.Proxy.CreateClient(ClientProtocol.H2c);
        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
            {
                // Below and above what is held back, so that both ways of deciding are on the connection at once.
                var body = Encoding.ASCII.GetBytes("{\"a\":\"" + DetectionRequest.Letters((i % 4 == 0 ? 3000 : 900) * 1024) + "\",\"stream\":true}");
                using var request = DetectionRequest.Make(client, "POST", Chat, Json, body, null, i % 2 == 0 ? Framing.Chunked : Framing.Length);
                var script = fixture.Script(isStream: true);
                request.Headers.Add(ScriptedBackend.ScriptHeader, script);
                using var answer = await client.SendAsync(request, Patience.Token());

                Assert.Equal(DetectionFixture.Expected(isStream: true, "OpenAIChat"), await answer.Content.ReadAsStringAsync(Patience.Token()));
                Assert.True(body.AsSpan().SequenceEqual(fixture.Seen(script).Body));
            }));
        }
    }

    [Theory]
    [InlineData("stream=true|file", true)]
    [InlineData("file|stream=true", true)]
    [InlineData("file|model=x", false)]
    public async Task FormOf8MB_FlagAnywhere_IsFound(string parts, bool isStream) =>
        await AssertAsync(ClientProtocol.Http1, "POST", "/v1/images/edits", "multipart/form-data; boundary=\"x y\"", DetectionRequest.Form(parts, 8 << 20), null, Framing.Length, isStream);

    [Theory]
    [InlineData("""{"stream":true}""", true)]
    [InlineData("""{"stream":false}""", false)]
    public async Task Expect100Continue_IsAnswered_AndTheBodyReadForItsFlag(string body, bool isStream)
    {
        var script = fixture.Script(isStream);
        await using var client = await fixture.Proxy.ConnectAsync();
        await client.SendAsync($"POST {Chat} HTTP/1.1\r\nHost: x\r\nContent-Type: {Json}\r\nContent-Length: {body.Length}\r\nExpect: 100-continue\r\n{ScriptedBackend.ScriptHeader}: {script}\r\n\r\n");
        Assert.Equal(100, (await client.ReadHeadAsync()).Status);
        await client.SendAsync(body);

        Assert.Equal(200, (await client.ReadHeadAsync()).Status);
        Assert.Equal(DetectionFixture.Expected(isStream, "OpenAIChat"), await client.ReadTextAsync());
    }

    [Fact]
    public async Task BodyInSmallPieces_IsDecidedWhenItsFlagIsThere()
    {
        var script = fixture.Script(isStream: true);
        var body = """{"messages":[{"role":"user","content":"hi"}],"stream":true}""";
        await using var client = await fixture.Proxy.ConnectAsync();
        await client.SendAsync($"POST {Chat} HTTP/1.1\r\nHost: x\r\nContent-Type: {Json}\r\nContent-Length: {body.Length}\r\n{ScriptedBackend.ScriptHeader}: {script}\r\n\r\n");
        foreach (var letter in body)
        {
            await client.SendAsync(new[] { (byte)letter });
        }

        await client.ReadHeadAsync();
        Assert.Equal(DetectionFixture.Expected(isStream: true, "OpenAIChat"), await client.ReadTextAsync());
    }

    [Fact]
    public async Task MaxRequestBodySize_OfTheRoute_StillGives413()
    {
        foreach (var (length, framing) in (ValueTuple<int, Framing>[])[(5000, Framing.Length), (5000, Framing.Chunked)])
        {
            using var client = fixture.Proxy.CreateClient();
            using var request = DetectionRequest.Make(client, "POST", "/small/v1/chat/completions", Json, Encoding.ASCII.GetBytes("{\"a\":\"" + new string('x', length) + "\",\"stream\":true}"), null, framing);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());

            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        }

        // A length over what is inspected, too. The rest of the body is not sent: HttpClient, while it still writes, may find the connection closed before it reads why.
        await using var raw = await fixture.Proxy.ConnectAsync();
        await raw.SendAsync($"POST /small/v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: {Json}\r\nContent-Length: {3 << 20}\r\n\r\n{{");
        Assert.Equal(413, (await raw.ReadHeadAsync()).Status);
    }

    private async Task AssertAsync(ClientProtocol protocol, string method, string target, string? contentType, byte[] body, string? header, Framing framing, bool isStream)
    {
        using var client = fixture.Proxy.CreateClient(protocol);
        using var request = DetectionRequest.Make(client, method, target, contentType, body, header, framing);
        var script = fixture.Script(isStream);
        request.Headers.Add(ScriptedBackend.ScriptHeader, script);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(isStream ? "text/event-stream" : "application/json", answer.Content.Headers.ContentType?.MediaType);
        if (method != "HEAD")
        {
            var text = await answer.Content.ReadAsStringAsync(Patience.Token());
            Assert.StartsWith(isStream ? (target.Contains(":streamGenerateContent", StringComparison.Ordinal) ? "\r\n\r\n" : ": edgeproxy\n\n") : "{\"plain\"", text, StringComparison.Ordinal);
        }

        var seen = fixture.Seen(script);
        Assert.True(body.AsSpan().SequenceEqual(seen.Body), $"The body changed on its way: {body.Length} bytes were sent, {seen.Body.Length} arrived.");
        Assert.Equal(framing == Framing.Length && body.Length > 0 && protocol == ClientProtocol.Http1 ? $"{body.Length}" : seen.Headers.GetValueOrDefault("Content-Length"), seen.Headers.GetValueOrDefault("Content-Length"));
    }
}
