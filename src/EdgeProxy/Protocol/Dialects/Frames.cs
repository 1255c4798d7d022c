using System.Buffers;

namespace EdgeProxy.Protocol.Dialects;

/// <summary>The frames that EdgeProxy writes into a stream besides errors. Each is whole: legal at any event boundary, written at once.</summary>
internal static class Frames
{
    private static readonly byte[] CommentPrimer = ": edgeproxy\n\n"u8.ToArray();
    private static readonly byte[] CommentLinePrimer = ": edgeproxy\n"u8.ToArray();
    private static readonly byte[] Comment = ": keep-alive\n\n"u8.ToArray();
    private static readonly byte[] CommentLine = ": keep-alive\n"u8.ToArray();
    private static readonly byte[] Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n"u8.ToArray();
    private static readonly byte[] DoneEvent = "data: [DONE]\n\n"u8.ToArray();
    private static readonly byte[] LfPair = "\n\n"u8.ToArray();
    private static readonly byte[] CrPair = "\r\r"u8.ToArray();
    private static readonly byte[] CrLfPair = "\r\n\r\n"u8.ToArray();

    /// <summary>The terminal marker.</summary>
    public static ReadOnlyMemory<byte> Done => DoneEvent;

    /// <summary>
    /// The first bytes of a stream: a comment, or, where comments do harm, blank lines.
    /// </summary>
    /// <param name="frame">The configured keep-alive, which tells what the clients can bear.</param>
    /// <param name="dialect">The stream's dialect.</param>
    /// <param name="lineEnding">The upstream's line ending, as far as it is known.</param>
    /// <param name="singleNewline">Whether the client cannot bear a blank line behind a comment (<see cref="ClientQuirks"/>).</param>
    /// <param name="paddingBytes">
    /// The frame's length in bytes, newlines included, if that is more than it needs: intermediaries hold back the first
    /// kilobytes. Blank lines may overshoot it by a byte, as a line ending of two is not cut.
    /// </param>
    public static ReadOnlyMemory<byte> Primer(KeepAliveFrame frame, Dialect dialect, LineEnding lineEnding, bool singleNewline, int paddingBytes)
    {
        if (frame == KeepAliveFrame.BlankLine
            || (dialect.AutoKeepAlive == KeepAliveFrame.BlankLine && frame is not (KeepAliveFrame.Comment or KeepAliveFrame.CommentLine)))
        {
            return PadWithLineEnds(BlankLinePair(lineEnding), paddingBytes);
        }

        var comment = singleNewline || frame == KeepAliveFrame.CommentLine ? CommentLinePrimer : CommentPrimer;
        return PadWithSpaces(comment, paddingBytes);
    }

    /// <summary>
    /// What breaks a silence; empty for <see cref="KeepAliveFrame.None"/>. <see cref="KeepAliveFrame.EmptyChunk"/> is a chat chunk
    /// and <see cref="KeepAliveFrame.Ping"/> a named event: where a dialect's clients would take them for a broken answer, its
    /// own keep-alive stands in.
    /// </summary>
    /// <param name="frame">The configured keep-alive.</param>
    /// <param name="dialect">The stream's dialect.</param>
    /// <param name="lineEnding">The upstream's line ending, as far as it is known.</param>
    /// <param name="singleNewline">
    /// Whether the client cannot bear a blank line behind a comment: its own quirk (<see cref="ClientQuirks"/>), or the stream
    /// has carried an <c>id:</c> (openai-python then dispatches an empty event; its issues 2722 and 3833).
    /// </param>
    /// <param name="requestId">The request's id, for an empty chunk.</param>
    /// <param name="created">When the stream began, in seconds since 1970, for an empty chunk.</param>
    public static ReadOnlyMemory<byte> KeepAlive(
        KeepAliveFrame frame, Dialect dialect, LineEnding lineEnding, bool singleNewline, string requestId, long created)
    {
        switch (Resolve(frame, dialect))
        {
            case KeepAliveFrame.Comment:
                return singleNewline ? CommentLine : Comment;
            case KeepAliveFrame.CommentLine:
                return CommentLine;
            case KeepAliveFrame.Ping:
                return Ping;
            case KeepAliveFrame.EmptyChunk:
                return Chunk(requestId, created, finishReason: null);
            case KeepAliveFrame.BlankLine:
                return BlankLinePair(lineEnding);
            default:
                return default;
        }
    }

    /// <summary>
    /// A valid chat chunk with <c>finish_reason: "error"</c>. OpenAI .NET overlooks error frames in a chat stream and raises on this.
    /// </summary>
    public static ReadOnlyMemory<byte> FinishChunk(string requestId, long created) => Chunk(requestId, created, "error");

    /// <summary>Two line ends, as the upstream writes them: CRLF until that is known, as Gemini does.</summary>
    public static ReadOnlySpan<byte> BlankLine(LineEnding lineEnding) => BlankLinePair(lineEnding);

    private static KeepAliveFrame Resolve(KeepAliveFrame frame, Dialect dialect)
    {
        var fits = frame switch
        {
            KeepAliveFrame.Auto => false,
            KeepAliveFrame.EmptyChunk => dialect.Kind is DialectKind.OpenAIChat or DialectKind.Generic,
            KeepAliveFrame.Ping => dialect.Kind != DialectKind.Gemini,
            _ => true,
        };
        return fits ? frame : dialect.AutoKeepAlive;
    }

    private static byte[] BlankLinePair(LineEnding lineEnding) => lineEnding switch
    {
        LineEnding.Lf => LfPair,
        LineEnding.Cr => CrPair,
        _ => CrLfPair,
    };

    private static byte[] PadWithLineEnds(byte[] pair, int paddingBytes)
    {
        if (paddingBytes <= pair.Length)
        {
            return pair;
        }

        var lineEnd = pair.AsSpan(0, pair.Length / 2);
        var padded = new byte[(paddingBytes + lineEnd.Length - 1) / lineEnd.Length * lineEnd.Length];
        for (var rest = padded.AsSpan(); !rest.IsEmpty; rest = rest[lineEnd.Length..])
        {
            lineEnd.CopyTo(rest);
        }

        return padded;
    }

    private static byte[] PadWithSpaces(byte[] comment, int paddingBytes)
    {
        if (paddingBytes <= comment.Length)
        {
            return comment;
        }

        var text = comment.AsSpan().TrimEnd((byte)'\n');
        var padded = new byte[paddingBytes];
        padded.AsSpan().Fill((byte)' ');
        text.CopyTo(padded);
        comment.AsSpan(text.Length).CopyTo(padded.AsSpan(paddingBytes - (comment.Length - text.Length)));
        return padded;
    }

    private static ReadOnlyMemory<byte> Chunk(string requestId, long created, string? finishReason)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("data: "u8);
        using (var json = ErrorObject.CreateWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("id", "chatcmpl-" + ErrorObject.Word(requestId));
            json.WriteString("object", "chat.completion.chunk");
            json.WriteNumber("created", created);
            json.WriteString("model", "edgeproxy");
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            json.WriteEndObject();
            json.WriteString("finish_reason", finishReason);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
        return output.WrittenMemory;
    }
}
