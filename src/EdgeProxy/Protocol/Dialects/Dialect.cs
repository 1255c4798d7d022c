using System.Buffers;

namespace EdgeProxy.Protocol.Dialects;

/// <summary>
/// The wire habits of one API family: how it is kept alive, how it tells an error, how a whole answer is known. One instance
/// per family, without state. What is said here of client SDKs was measured against them.
/// </summary>
internal abstract class Dialect
{
    private static readonly Dialect[] Table =
    [
        new GenericDialect(),
        new OpenAIChatDialect(),
        new OpenAIResponsesDialect(),
        new OpenAIImagesDialect(),
        new AnthropicMessagesDialect(),
        new GeminiDialect(),
    ];

    /// <summary>Which family this is.</summary>
    public abstract DialectKind Kind { get; }

    /// <summary>What <see cref="KeepAliveFrame.Auto"/> means here.</summary>
    public virtual KeepAliveFrame AutoKeepAlive => KeepAliveFrame.Comment;

    /// <summary>The response header in which this family's SDKs look for the request's id.</summary>
    public virtual string RequestIdHeader => "x-request-id";

    /// <summary>Whether a good stream ends with <c>[DONE]</c>, which is added if the upstream left it out.</summary>
    public virtual bool AddsDone => false;

    /// <summary>Whether <c>[DONE]</c> follows an error.</summary>
    public virtual bool DoneAfterError => true;

    /// <summary>Whether a stream that closed cleanly but gave no terminal signal is unfinished.</summary>
    public virtual bool RequiresTerminal => true;

    /// <summary>The dialect of a family.</summary>
    public static Dialect Of(DialectKind kind) => Table[(int)kind];

    /// <summary>Makes what follows one upstream stream's events.</summary>
    public abstract EventTracker CreateTracker();

    /// <summary>Writes the failure as one whole frame, blank line included. Legal only at an event boundary.</summary>
    public virtual void WriteErrorFrame(IBufferWriter<byte> output, StreamFailure failure, in ErrorFrameContext context)
    {
        output.Write("event: error\ndata: "u8);
        WriteErrorData(output, failure, context);
        output.Write("\n\n"u8);
    }

    /// <summary>Writes the JSON body that goes with a real HTTP error status, while there is still one to send.</summary>
    public virtual void WriteErrorBody(IBufferWriter<byte> output, StreamFailure failure, string requestId)
    {
        using var json = ErrorObject.CreateWriter(output);
        json.WriteStartObject();
        json.WritePropertyName("error");
        ErrorObject.Write(json, failure, requestId);
        json.WriteEndObject();
    }

    /// <summary>Writes the error frame's JSON, on one line. Most families stream what they answer.</summary>
    protected virtual void WriteErrorData(IBufferWriter<byte> output, StreamFailure failure, in ErrorFrameContext context) =>
        WriteErrorBody(output, failure, context.RequestId);
}
