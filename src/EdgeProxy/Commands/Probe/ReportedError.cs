using System.Text.Json;
using EdgeProxy.Protocol;

namespace EdgeProxy.Commands.Probe;

/// <summary>What an error event, or an error answer, says of itself. Null where it says nothing usable.</summary>
/// <param name="Message">The sentence for a person.</param>
/// <param name="Type">The kind of error.</param>
/// <param name="Code">The error's code; Google's status word for Gemini.</param>
/// <param name="Status">The HTTP status that was lost.</param>
/// <param name="RequestId">The id under which logs tell more.</param>
/// <param name="Source">Who failed, as EdgeProxy says it: <c>upstream</c> or <c>edge</c>.</param>
internal sealed record ReportedError(string? Message, string? Type, string? Code, int? Status, string? RequestId, string? Source)
{
    private const int MaxMessageLength = 500;

    /// <summary>Reads an error's JSON, of any shape that the proxy itself knows.</summary>
    public static ReportedError Parse(ReadOnlySpan<byte> json, ServerText text)
    {
        var words = UpstreamErrorBody.Parse("application/json", json);
        var (status, requestId, source) = ParseExtras(json);
        return new(
            Show(words.Message, MaxMessageLength),
            Show(words.Type),
            Show(words.Code ?? words.GoogleStatus),
            status,
            Show(requestId),
            Show(source));

        string? Show(string? word, int limit = ErrorObject.MaxWordLength) => word is null ? null : text.Show(word, limit);
    }

    /// <summary>The error in one phrase.</summary>
    public override string ToString()
    {
        var code = Code ?? Type;
        var name = (code, Status) switch
        {
            (null, null) => "",
            (null, { } status) => $"status {status}",
            (_, null) => code,
            (_, { } status) => $"{code} (status {status})",
        };
        return (name.Length, Message) switch
        {
            (0, null) => "without words",
            (0, _) => $"\"{Message}\"",
            (_, null) => name,
            _ => $"{name}: \"{Message}\"",
        };
    }

    /// <summary>What EdgeProxy adds to an error; Gemini has its numeric status in <c>code</c>, Anthropic its request id beside the error.</summary>
    private static (int? Status, string? RequestId, string? Source) ParseExtras(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object)
            {
                return default;
            }

            return (Number(error, "status") ?? Number(error, "code"), Word(error, "request_id") ?? Word(root, "request_id"), Word(error, "source"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a name or string with half a surrogate pair.
            return default;
        }
    }

    private static int? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private static string? Word(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
