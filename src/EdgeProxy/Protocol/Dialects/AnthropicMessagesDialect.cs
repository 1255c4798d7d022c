using System.Buffers;

namespace EdgeProxy.Protocol.Dialects;

/// <summary>Anthropic Messages. Its SDKs heed named events only, and the error's name is mandatory.</summary>
internal sealed class AnthropicMessagesDialect : Dialect
{
    public override DialectKind Kind => DialectKind.AnthropicMessages;

    /// <summary>Anthropic's own keep-alive, which every SDK skips, also before <c>message_start</c>.</summary>
    public override KeepAliveFrame AutoKeepAlive => KeepAliveFrame.Ping;

    public override string RequestIdHeader => "request-id";

    public override EventTracker CreateTracker() => new Tracker();

    public override void WriteErrorBody(IBufferWriter<byte> output, StreamFailure failure, string requestId)
    {
        using var json = ErrorObject.CreateWriter(output);
        json.WriteStartObject();
        json.WriteString("type", "error");
        json.WritePropertyName("error");
        ErrorObject.Write(json, failure, requestId, Type(failure));
        json.WriteString("request_id", ErrorObject.Word(requestId));
        json.WriteEndObject();
    }

    /// <summary>
    /// The type in Anthropic's words (docs.anthropic.com, API errors), which its SDKs and the AI SDK decide by. A type that is
    /// not what the status alone would be called is the upstream's own and stays.
    /// </summary>
    private static string Type(StreamFailure failure)
    {
        var isOwn = failure.Source == FailureSource.Upstream && failure.Type != StatusWords.Type(failure.Status);
        return isOwn ? failure.Type : failure.Status switch
        {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            408 or 504 => "timeout_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 or 529 => "overloaded_error",
            < 500 => "invalid_request_error",
            _ => "api_error",
        };
    }

    private sealed class Tracker : EventTracker
    {
        protected override bool NamesEvents => true;

        protected override bool IsTerminalType(ReadOnlySpan<byte> type) => type.SequenceEqual("message_stop"u8);
    }
}
