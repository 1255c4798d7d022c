using System.Buffers;
using System.Globalization;

namespace EdgeProxy.Protocol.Dialects;

/// <summary>
/// Gemini and Vertex <c>streamGenerateContent?alt=sse</c>. Google's SDKs are no event stream parsers: any line that does not start
/// with <c>data: </c> is taken for JSON, so there are no comments, no event names and no <c>[DONE]</c> here.
/// </summary>
internal sealed class GeminiDialect : Dialect
{
    public override DialectKind Kind => DialectKind.Gemini;

    public override KeepAliveFrame AutoKeepAlive => KeepAliveFrame.BlankLine;

    public override bool DoneAfterError => false;

    public override EventTracker CreateTracker() => new Tracker();

    /// <summary>go-genai splits at the first kind of blank line it finds: the frame ends as the upstream's own do.</summary>
    public override void WriteErrorFrame(IBufferWriter<byte> output, StreamFailure failure, in ErrorFrameContext context)
    {
        output.Write("data: "u8);
        WriteErrorData(output, failure, context);
        output.Write(Frames.BlankLine(context.LineEnding));
    }

    /// <summary><c>error</c> is the first key because python-genai looks for the text <c>{"error":</c>.</summary>
    public override void WriteErrorBody(IBufferWriter<byte> output, StreamFailure failure, string requestId)
    {
        using var json = ErrorObject.CreateWriter(output);
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteNumber("code", failure.Status);
        json.WriteString("message", ErrorObject.Message(failure));
        json.WriteString("status", ErrorObject.Word(failure.GoogleStatus ?? StatusWord(failure.Status)));
        json.WriteStartArray("details");
        json.WriteStartObject();
        json.WriteString("@type", "type.googleapis.com/google.rpc.ErrorInfo");
        json.WriteString("reason", ErrorObject.Word(failure.Code));
        json.WriteString("domain", "edgeproxy");
        json.WriteStartObject("metadata");
        json.WriteString("type", ErrorObject.Word(failure.Type));
        if (failure.Param is { } param)
        {
            json.WriteString("param", ErrorObject.Word(param));
        }

        json.WriteString("request_id", ErrorObject.Word(requestId));
        if (failure.RetryAfter is { } wait)
        {
            json.WriteString("retry_after", ErrorObject.Seconds(wait).ToString(CultureInfo.InvariantCulture));
        }

        if (failure.Attempts > 0)
        {
            json.WriteString("attempts", failure.Attempts.ToString(CultureInfo.InvariantCulture));
        }

        json.WriteString("source", ErrorObject.Source(failure));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Google's word for an HTTP status (google/rpc/code.proto; the ranges as Google's HTTP/JSON clients map them).</summary>
    private static string StatusWord(int status) => status switch
    {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        408 or 504 => "DEADLINE_EXCEEDED",
        409 => "ABORTED",
        416 => "OUT_OF_RANGE",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        501 => "UNIMPLEMENTED",
        502 or 503 or 529 => "UNAVAILABLE",
        < 500 => "FAILED_PRECONDITION",
        _ => "INTERNAL",
    };

    private sealed class Tracker : EventTracker
    {
        private AnswerList _candidates;
        private Feedback _feedback;
        private bool _isEventBlocked;
        private bool _isBlocked;

        private enum Feedback : byte
        {
            None,
            Next,
            Inside,
            ReasonNext,
        }

        protected override bool IsAnswerFinished => _candidates.IsFinished || _isBlocked;

        protected override void ReadToken(in JsonScanner json)
        {
            _candidates.ReadToken(in json, "candidates"u8, "finishReason"u8);
            switch (json.Depth)
            {
                case 1 when json.TokenType == JsonTokenType.PropertyName:
                    _feedback = json.Value.SequenceEqual("promptFeedback"u8) ? Feedback.Next : Feedback.None;
                    break;
                case 1 when _feedback == Feedback.Next:
                    _isEventBlocked = false;
                    _feedback = json.TokenType == JsonTokenType.StartObject ? Feedback.Inside : Feedback.None;
                    break;
                case 1:
                    _feedback = Feedback.None;
                    break;
                case 2 when _feedback == Feedback.ReasonNext:
                    _isEventBlocked = HasContent(in json);
                    _feedback = Feedback.Inside;
                    break;
                case 2 when _feedback == Feedback.Inside:
                    _feedback = json.TokenType == JsonTokenType.PropertyName && json.Value.SequenceEqual("blockReason"u8)
                        ? Feedback.ReasonNext
                        : Feedback.Inside;
                    break;
            }
        }

        protected override void CommitEvent()
        {
            _candidates.Commit();
            _isBlocked |= _isEventBlocked;
        }

        protected override void ResetEvent()
        {
            _candidates.ResetEvent();
            _feedback = Feedback.None;
            _isEventBlocked = false;
        }
    }
}
