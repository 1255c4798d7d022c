using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EdgeProxy.Protocol;

/// <summary>
/// The error object of the wire contract: <c>message</c>, <c>type</c>, <c>param</c>, <c>code</c> as OpenAI has them, and what
/// the client lost with the HTTP answer: <c>status</c>, <c>request_id</c>, <c>retry_after</c>, <c>attempts</c>, <c>source</c>.
/// </summary>
/// <remarks>
/// The output is ASCII on one line whatever the text holds: control characters, U+2028, lone surrogates and all that is not
/// ASCII are escaped, so that no upstream's text can end our frame and begin one of its own.
/// </remarks>
internal static class ErrorObject
{
    /// <summary>How many characters of a message reach the client.</summary>
    public const int MaxMessageLength = 4096;

    /// <summary>How many characters of a type, code, parameter or request id reach the client.</summary>
    public const int MaxWordLength = 256;

    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.Default, Indented = false };

    /// <summary>A JSON writer whose output may stand in a <c>data:</c> line.</summary>
    public static Utf8JsonWriter CreateWriter(IBufferWriter<byte> output) => new(output, OneLine);

    /// <summary>Writes the error object alone.</summary>
    public static void Write(IBufferWriter<byte> output, StreamFailure failure, string requestId)
    {
        using var json = CreateWriter(output);
        Write(json, failure, requestId);
    }

    /// <summary>Writes the error object as the next value. <paramref name="type"/> stands in for the failure's own where a dialect has other words.</summary>
    public static void Write(Utf8JsonWriter json, StreamFailure failure, string requestId, string? type = null)
    {
        json.WriteStartObject();
        json.WriteString("message", Message(failure));
        json.WriteString("type", Word(type ?? failure.Type));
        json.WriteString("param", failure.Param is { } param ? Word(param) : null);
        json.WriteString("code", Word(failure.Code));
        json.WriteNumber("status", failure.Status);
        json.WriteString("request_id", Word(requestId));
        if (failure.RetryAfter is { } wait)
        {
            json.WriteNumber("retry_after", Seconds(wait));
        }

        if (failure.Attempts > 0)
        {
            json.WriteNumber("attempts", failure.Attempts);
        }

        json.WriteString("source", Source(failure));
        json.WriteEndObject();
    }

    /// <summary>The failure's message, bounded.</summary>
    public static string Message(StreamFailure failure) => Clip(failure.Message, MaxMessageLength);

    /// <summary>A type, code, parameter or request id, bounded.</summary>
    public static string Word(string text) => Clip(text, MaxWordLength);

    /// <summary>Seconds, to the millisecond, never negative.</summary>
    public static double Seconds(TimeSpan wait) => Math.Round(Math.Max(0, wait.TotalSeconds), 3);

    /// <summary>Who failed, in the contract's words.</summary>
    public static string Source(StreamFailure failure) => failure.Source == FailureSource.Edge ? "edge" : "upstream";

    /// <summary>At most <paramref name="limit"/> characters of <paramref name="text"/>, never half a surrogate pair.</summary>
    public static string Clip(string text, int limit)
    {
        if (text.Length <= limit)
        {
            return text;
        }

        return text[..(char.IsHighSurrogate(text[limit - 1]) ? limit - 1 : limit)];
    }
}
