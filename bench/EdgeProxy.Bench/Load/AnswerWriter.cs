using System.Buffers.Text;

namespace EdgeProxy.Bench.Load;

/// <summary>Writes the backend's answers into one buffer of its own: what a method returns is valid until the next call.</summary>
internal sealed class AnswerWriter
{
    private const int PieceLength = 1 << 16;
    private const int Room = 512;

    private byte[] _buffer = new byte[PieceLength + Room];
    private int _length;

    /// <summary>The head of a stream whose length is not known.</summary>
    public static ReadOnlySpan<byte> StreamHead =>
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"u8;

    private static ReadOnlySpan<byte> StreamEnd => "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"u8;

    /// <summary>Events written since whoever reads this set it to 0.</summary>
    public long Events { get; set; }

    /// <summary>The next events of a stream as one chunk; after the last one the stream's end.</summary>
    public ReadOnlySpan<byte> Batch(BackendConnection connection, long now, bool isLast)
    {
        Clear(connection.Spec.Batch * connection.Format.Size);
        AppendBatch(connection, now, isLast, connection.Spec.Batch);
        return Written;
    }

    /// <summary>A stream of one event, from head to end.</summary>
    public ReadOnlySpan<byte> WholeStream(BackendConnection connection, long now)
    {
        Clear(connection.Format.Size);
        Append(StreamHead);
        AppendBatch(connection, now, isLast: true, count: 1);
        return Written;
    }

    /// <summary>An answer that is no stream.</summary>
    public ReadOnlySpan<byte> Answer(BackendConnection connection, long now)
    {
        var format = connection.Format;
        Clear(format.Size);
        AppendDocumentHead(format.Size);
        AppendEvent(connection, now, isLast: true);
        return Written;
    }

    /// <summary>A JSON document.</summary>
    public ReadOnlySpan<byte> Document(ReadOnlySpan<byte> json)
    {
        Clear(json.Length);
        AppendDocumentHead(json.Length);
        Append(json);
        return Written;
    }

    /// <summary>The next piece of a stream's only, large event, as one chunk; with the last one the stream's end.</summary>
    public ReadOnlySpan<byte> LargePiece(BackendConnection connection, out bool isLast)
    {
        var format = connection.Format;
        Clear(PieceLength);
        var length = Math.Min(PieceLength, format.Size - connection.LargePosition);
        AppendChunkHead(length);
        _ = format.Write(_buffer.AsSpan(_length, length), connection.LargePosition, new(connection.Spec.Stream, 0, connection.LargeTime, IsLast: true));
        _length += length;
        Append("\r\n"u8);
        connection.LargePosition += length;
        isLast = connection.LargePosition == format.Size;
        if (isLast)
        {
            Events++;
            Append(StreamEnd);
        }

        return Written;
    }

    private ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    private void Clear(int room)
    {
        _length = 0;
        if (_buffer.Length < room + Room)
        {
            _buffer = new byte[room + Room];
        }
    }

    private void AppendBatch(BackendConnection connection, long now, bool isLast, int count)
    {
        AppendChunkHead(count * connection.Format.Size);
        for (var index = 0; index < count; index++)
        {
            AppendEvent(connection, now, isLast && index == count - 1);
        }

        Append("\r\n"u8);
        if (isLast)
        {
            Append(StreamEnd);
        }
    }

    private void AppendEvent(BackendConnection connection, long now, bool isLast)
    {
        _length += connection.Format.Write(_buffer.AsSpan(_length), 0, new(connection.Spec.Stream, connection.Sequence++, now, isLast));
        Events++;
    }

    private void AppendDocumentHead(int length)
    {
        Append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "u8);
        _ = Utf8Formatter.TryFormat(length, _buffer.AsSpan(_length), out var digits);
        _length += digits;
        Append("\r\n\r\n"u8);
    }

    private void AppendChunkHead(int length)
    {
        _ = Utf8Formatter.TryFormat(length, _buffer.AsSpan(_length), out var digits, new('x'));
        _length += digits;
        Append("\r\n"u8);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
