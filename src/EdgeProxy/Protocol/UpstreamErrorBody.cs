using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EdgeProxy.Protocol;

/// <summary>
/// What an upstream's error body says in words of its own; null where it says nothing usable. Known shapes: <c>{"error":{…}}</c>
/// (OpenAI, Azure, Anthropic, Gemini, Groq, OpenRouter, vLLM), the same in an array of one (Gemini without <c>alt=sse</c>),
/// <c>{"error":"…"}</c> (TGI, Ollama, xAI), <c>{"message":…,"type":…,"code":…}</c> (older vLLM, Mistral, Cohere, AWS) and
/// <c>{"detail":…}</c> (FastAPI, RFC 9457).
/// </summary>
internal readonly record struct UpstreamErrorBody(string? Message, string? Type = null, string? Code = null, string? Param = null, string? GoogleStatus = null)
{
    /// <summary>The largest body that is parsed, in bytes; the options bound what is read of one long before.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>A validation error may list one line per field of a large request.</summary>
    private const int MaxListedProblems = 8;

    /// <summary>Longer than this is prose, not a code.</summary>
    private const int MaxCodeLength = 128;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 64 };

    /// <summary>The HTTP status that the JSON itself tells, 400 to 599; 0 if it tells none.</summary>
    public int Status { get; init; }

    /// <summary>How long the JSON itself asks to be left alone, if it does.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether an event with this data is an error, whatever its name.</summary>
    public bool IsErrorEvent { get; init; }

    /// <summary>Reads a body; <c>default</c> if it is not whole, valid UTF-8 JSON of a known shape.</summary>
    public static UpstreamErrorBody Parse(string? contentType, ReadOnlySpan<byte> body)
    {
        if (contentType is not null && contentType.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            body = SseFirstEvent.Read(body).Data;
        }

        return Parse(body);
    }

    /// <summary>Reads JSON that stands in a body or in an event's data; <c>default</c> as above.</summary>
    public static UpstreamErrorBody Parse(ReadOnlySpan<byte> body)
    {
        body = body.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;
        body = body.Trim(" \t\r\n"u8);
        if (body.IsEmpty || body[0] is not ((byte)'{' or (byte)'[') || body.Length > MaxBytes || !Utf8.IsValid(body))
        {
            return default;
        }

        try
        {
            var reader = new Utf8JsonReader(body, Strict);
            using var document = JsonDocument.ParseValue(ref reader);
            return reader.BytesConsumed == body.Length ? OfRoot(document.RootElement) : default;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name or string with half a surrogate pair.
            return default;
        }
    }

    private static UpstreamErrorBody OfRoot(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() == 1)
        {
            root = root[0];
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        var body = OfObject(root);
        var status = UpstreamErrorHints.Status(root);
        return body with
        {
            Status = status == 0 ? UpstreamErrorWords.Status(body.Code) : status,
            RetryAfter = UpstreamErrorHints.RetryAfter(root),
            IsErrorEvent = UpstreamErrorHints.IsErrorEvent(root),
        };
    }

    private static UpstreamErrorBody OfObject(JsonElement root)
    {
        if (root.TryGetProperty("error", out var error))
        {
            switch (error.ValueKind)
            {
                case JsonValueKind.Object:
                    return new(Text(error, "message"), Word(error, "type"), CodeOf(error), Word(error, "param"), GoogleWord(error));
                case JsonValueKind.String when Text(error) is { } text:
                    // Where both stand, "error" is the reason phrase and "message" the sentence.
                    return OfFlat(root, Text(root, "message") ?? text);
            }
        }

        if (Text(root, "message") is { } message)
        {
            return OfFlat(root, message);
        }

        if (root.TryGetProperty("detail", out var detail))
        {
            return detail.ValueKind == JsonValueKind.Object ? OfObject(detail) : new(Text(detail), Param: Location(detail));
        }

        return default;
    }

    private static UpstreamErrorBody OfFlat(JsonElement root, string message)
    {
        // {"type":"error"} names the kind of message, not the kind of error.
        var type = Word(root, "type");
        return new(message, type == "error" ? null : type, Word(root, "code"), Word(root, "param"));
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) ? Text(value) : null;

    /// <summary>A string, or the sentences of FastAPI's list of problems, or those of an object around either.</summary>
    private static string? Text(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var text = value.GetString();
                return string.IsNullOrWhiteSpace(text) ? null : ErrorObject.Clip(text, ErrorObject.MaxMessageLength);
            case JsonValueKind.Object:
                return Text(value, "msg") ?? Text(value, "message") ?? Text(value, "detail");
            case JsonValueKind.Array:
                var problems = value.EnumerateArray().Take(MaxListedProblems).Select(Text).OfType<string>();
                var joined = string.Join("; ", problems);
                return joined.Length == 0 ? null : ErrorObject.Clip(joined, ErrorObject.MaxMessageLength);
            default:
                return null;
        }
    }

    /// <summary>The place that FastAPI's first problem names: <c>["body","messages",0,"role"]</c> is <c>messages.0.role</c>.</summary>
    private static string? Location(JsonElement problems)
    {
        if (problems.ValueKind != JsonValueKind.Array
            || problems.GetArrayLength() == 0
            || problems[0].ValueKind != JsonValueKind.Object
            || !problems[0].TryGetProperty("loc", out var location)
            || location.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var steps = location.EnumerateArray()
            .Where(step => step.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            .Select(step => step.ToString())
            .SkipWhile(step => step == "body");
        var path = string.Join('.', steps);
        return path.Length == 0 ? null : ErrorObject.Word(path);
    }

    /// <summary>
    /// The code. Azure's images API tells why content was refused in an inner error alone, under a code that is missing or
    /// repeats the status.
    /// </summary>
    private static string? CodeOf(JsonElement error)
    {
        var code = Word(error, "code");
        if (code is not null && !code.All(char.IsAsciiDigit))
        {
            return code;
        }

        foreach (var name in (ReadOnlySpan<string>)["innererror", "inner_error"])
        {
            if (error.TryGetProperty(name, out var inner) && inner.ValueKind == JsonValueKind.Object && Word(inner, "code") is { } innerCode)
            {
                return innerCode;
            }
        }

        return code;
    }

    /// <summary>A member that is a string short enough to be a code or type; else null.</summary>
    public static string? Word(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var word = value.GetString();
        return string.IsNullOrWhiteSpace(word) || word.Length > MaxCodeLength ? null : word;
    }

    private static string? GoogleWord(JsonElement error)
    {
        var word = Word(error, "status");
        return word is not null && word.All(letter => char.IsAsciiLetterUpper(letter) || letter == '_') ? word : null;
    }
}
