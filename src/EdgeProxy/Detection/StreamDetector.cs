using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Detection;

/// <summary>
/// Tells from a request's head whether it asks for a stream, or which body has to be searched for the answer. The table of
/// section 3 of the design, first match wins. Headers alone decide little: OpenAI's SDKs send <c>Accept: application/json</c> on
/// streams, Google's send <c>*/*</c>.
/// </summary>
internal static class StreamDetector
{
    // Binary (AWS Bedrock) and NDJSON (Ollama) streams: nothing may be written into them.
    private static readonly string[] ForeignStreamPaths =
        ["/converse-stream", "/invoke-with-response-stream", "/api/chat", "/api/generate"];

    private static readonly string[] StreamPaths =
        [":streamRawPredict", "/generate_stream", "/text/chat_stream", "/text/generation_stream"];

    /// <summary>What the head says. Reads no body and changes nothing.</summary>
    public static HeadVerdict FromHead(HttpRequest request, DetectionSettings settings)
    {
        if (settings.Mode == DetectMode.Never || IsNeverAStream(request))
        {
            return new HeadVerdict(StreamWish.NotAStream);
        }

        if (settings.Mode == DetectMode.Always)
        {
            return new HeadVerdict(StreamWish.Stream);
        }

        return FromPath(request) is { } wish ? new HeadVerdict(wish) : FromContent(request);
    }

    /// <summary>Whether a request is one message that is answered by one message: no tunnel, no upgrade, no gRPC call.</summary>
    public static bool IsExchange(HttpRequest request) =>
        !HttpMethods.IsConnect(request.Method) && !IsGrpc(request) && !AsksForUpgrade(request.Headers.Upgrade);

    /// <summary>Requests whose protocol leaves no room for an event stream, whatever a route's settings are.</summary>
    private static bool IsNeverAStream(HttpRequest request)
    {
        var method = request.Method;
        return HttpMethods.IsHead(method)
            || HttpMethods.IsOptions(method)
            || HttpMethods.IsTrace(method)
            || HttpMethods.IsConnect(method) // WebSocket over HTTP/2 and HTTP/3 is an extended CONNECT (RFC 8441)
            || IsGrpc(request)
            || AsksForUpgrade(request.Headers.Upgrade);
    }

    private static bool IsGrpc(HttpRequest request) =>
        request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>
    /// <c>h2c</c> does not count: Java's HttpClient offers it with every plain-text request, streams included, and a server is
    /// free to stay with HTTP/1.1 (RFC 9110 7.8), as Kestrel and YARP do.
    /// </summary>
    private static bool AsksForUpgrade(StringValues upgrade) => HeaderList.NamesOtherThan(upgrade, "h2c");

    private static StreamWish? FromPath(HttpRequest request)
    {
        var path = request.Path.Value.AsSpan();
        if (path.EndsWith('/'))
        {
            path = path[..^1];
        }

        if (EndsInAny(path, ForeignStreamPaths))
        {
            return StreamWish.NotAStream;
        }

        if (path.EndsWith(":streamGenerateContent", StringComparison.OrdinalIgnoreCase))
        {
            // Without alt=sse Gemini answers with one JSON array, in chunks.
            return LastQueryValueIs(request, "alt", "sse") ? StreamWish.Stream : StreamWish.NotAStream;
        }

        if (EndsInAny(path, StreamPaths) || (HttpMethods.IsGet(request.Method) && LastQueryValueIs(request, "stream", "true")))
        {
            return StreamWish.Stream;
        }

        return null;
    }

    private static HeadVerdict FromContent(HttpRequest request)
    {
        var wish = AcceptHeader.Wish(request.Headers.Accept);
        var format = BodyFormat.Of(request);
        return new HeadVerdict(wish, format.Kind, format.Boundary);
    }

    private static bool EndsInAny(ReadOnlySpan<char> path, string[] ends)
    {
        foreach (var end in ends)
        {
            if (path.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool LastQueryValueIs(HttpRequest request, string name, string expected) =>
        request.QueryString.HasValue
        && request.Query.TryGetValue(name, out var values)
        && values.Count > 0
        && string.Equals(values[^1], expected, StringComparison.OrdinalIgnoreCase);
}
