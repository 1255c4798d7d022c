using System.Text;
using System.Text.Json;

namespace EdgeProxy.TestKit;

/// <summary>One recorded answer of a provider, with the request that asked for it.</summary>
internal sealed class Recording
{
    private const string Boundary = "----recording";

    // The requests of the few whose source kept only the answer.
    private static readonly Dictionary<string, string> Paths = new()
    {
        ["azure-chat-deepseek-1.sse"] = "/openai/deployments/deepseek/chat/completions?api-version=2024-02-01",
        ["openai-responses-image-1.sse"] = "/v1/responses",
        ["perplexity-chat-1.sse"] = "/chat/completions",
        ["synthetic-openai-images-1.sse"] = "/v1/images/generations",
        ["xai-responses-1.sse"] = "/v1/responses",
    };

    public Recording(JsonElement entry, byte[] bytes)
    {
        File = entry.GetProperty("file").GetString()!;
        Kind = entry.GetProperty("kind").GetString()!;
        Bytes = bytes;
        Method = Text(entry, "requestMethod") ?? "POST";
        PathAndQuery = Text(entry, "requestUri") is { } uri ? new Uri(uri).PathAndQuery : Paths[File];
        Accept = Text(entry, "requestAccept") is { Length: > 0 } accept ? accept : null;
        AskedBy = entry.GetProperty("streamAskedBy").GetString()!;
        NonAscii = entry.GetProperty("nonAscii").GetBoolean();
        HasIds = entry.TryGetProperty("idLines", out var ids) && ids.GetInt32() > 0;
        EndsWithDone = entry.GetProperty("endsWithDone").GetBoolean();
        ContentType = entry.GetProperty("responseHeaders").EnumerateObject()
            .Where(static header => header.NameEquals("content-type"))
            .Select(static header => header.Value.GetString()!)
            .FirstOrDefault("application/x-ndjson");
    }

    /// <summary>The file's name, which is the recording's.</summary>
    public string File { get; }

    /// <summary><c>sse</c>, <c>ndjson</c> or <c>eventstream</c>.</summary>
    public string Kind { get; }

    /// <summary>Whether it is a server-sent event stream.</summary>
    public bool IsEventStream => Kind == "sse";

    /// <summary>The answer's body.</summary>
    public byte[] Bytes { get; }

    /// <summary>The answer's content type.</summary>
    public string ContentType { get; }

    /// <summary>The request's method.</summary>
    public string Method { get; }

    /// <summary>The request's path and query.</summary>
    public string PathAndQuery { get; }

    /// <summary>The request's <c>Accept</c>, if it had one.</summary>
    public string? Accept { get; }

    /// <summary>What in the request asks for a stream, in the index's words.</summary>
    public string AskedBy { get; }

    /// <summary>Whether the answer holds UTF-8 sequences longer than a byte.</summary>
    public bool NonAscii { get; }

    /// <summary>Whether the answer has <c>id:</c> lines.</summary>
    public bool HasIds { get; }

    /// <summary>Whether the answer ends with <c>[DONE]</c>.</summary>
    public bool EndsWithDone { get; }

    /// <summary>A request of the recorded shape: method, path, <c>Accept</c>, and a body that asks for the stream as the recorded one did.</summary>
    public HttpRequestMessage Request(Uri proxy)
    {
        var request = new HttpRequestMessage(new HttpMethod(Method), new Uri(proxy, PathAndQuery));
        if (Accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", Accept);
        }

        if (Method == "POST")
        {
            request.Content = new ByteArrayContent(Body());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", BodyType());
        }

        return request;
    }

    public override string ToString() => File;

    private byte[] Body() => Encoding.UTF8.GetBytes(AskedBy switch
    {
        "multipart:stream=true" => $"--{Boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n--{Boundary}\r\n"
            + $"Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--{Boundary}\r\n"
            + $"Content-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n--{Boundary}--\r\n",
        { } asked when asked.StartsWith("json:", StringComparison.Ordinal) => """{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}""",
        "header Accept (MCP)" => """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}""",
        _ => """{"contents":[{"parts":[{"text":"hi"}]}]}""",
    });

    private string BodyType() => AskedBy == "multipart:stream=true" ? $"multipart/form-data; boundary={Boundary}" : "application/json";

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetString() : null;
}
