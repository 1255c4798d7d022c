using System.Buffers;

namespace EdgeProxy.Protocol.Dialects;

/// <summary>OpenAI Responses. The images dialect differs from it only in how an answer ends.</summary>
internal class OpenAIResponsesDialect : Dialect
{
    public override DialectKind Kind => DialectKind.OpenAIResponses;

    public override EventTracker CreateTracker() => new Tracker();

    /// <summary>
    /// OpenAI's documented error event has <c>code</c> and <c>message</c> at the top, which OpenAI .NET and the AI SDK read; the
    /// other SDKs raise only on a nested <c>error</c> object. Both in one frame are understood by all.
    /// </summary>
    protected override void WriteErrorData(IBufferWriter<byte> output, StreamFailure failure, in ErrorFrameContext context)
    {
        using var json = ErrorObject.CreateWriter(output);
        json.WriteStartObject();
        json.WriteString("type", "error");
        json.WriteString("code", ErrorObject.Word(failure.Code));
        json.WriteString("message", ErrorObject.Message(failure));
        json.WriteString("param", failure.Param is { } param ? ErrorObject.Word(param) : null);
        json.WriteNumber("sequence_number", context.NextSequenceNumber);
        json.WritePropertyName("error");
        ErrorObject.Write(json, failure, context.RequestId);
        json.WriteEndObject();
    }

    private sealed class Tracker : SequencedTracker
    {
        protected override bool IsTerminalType(ReadOnlySpan<byte> type) =>
            type.SequenceEqual("response.completed"u8) || type.SequenceEqual("response.failed"u8) || type.SequenceEqual("response.incomplete"u8);
    }
}
