using System.Buffers.Text;

namespace EdgeProxy.Bench.Load;

/// <summary>One connection of the backend: the request that is being read, the answer that is being given, and what the socket did not take yet.</summary>
internal sealed class BackendConnection(int descriptor)
{
    private const int MostRequest = 16 * 1024;

    private byte[] _request = [];
    private int _requestLength;
    private byte[] _pending = [];
    private int _pendingStart;
    private int _pendingEnd;

    public int Descriptor { get; } = descriptor;

    /// <summary>The connection is gone; entries of the schedule may still name it.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The epoll set waits for room in the socket.</summary>
    public bool WantsRoom { get; set; }

    /// <summary>An answer is being given.</summary>
    public bool IsAnswering { get; set; }

    /// <summary>The answer ends with its next event.</summary>
    public bool IsReleased { get; set; }

    /// <summary>What the request asked for.</summary>
    public StreamSpec Spec { get; set; }

    /// <summary>The form of the answer's events.</summary>
    public EventFormat Format { get; set; } = null!;

    /// <summary>The next event.</summary>
    public uint Sequence { get; set; }

    /// <summary>The next write's time; an entry of the schedule with another time is an old one.</summary>
    public long Due { get; set; }

    /// <summary>When the answer ends by itself.</summary>
    public long EndsAt { get; set; }

    /// <summary>Writes that were due while the socket was full.</summary>
    public int Owed { get; set; }

    /// <summary>How much of a large event has been written.</summary>
    public int LargePosition { get; set; }

    /// <summary>When a large event was begun.</summary>
    public long LargeTime { get; set; }

    /// <summary>Bytes wait for room in the socket.</summary>
    public bool HasPending => _pendingEnd > _pendingStart;

    /// <summary>Receives what is there.</summary>
    /// <returns>False when the connection is dead, or the request longer than anyone sends here.</returns>
    public bool Receive()
    {
        if (_request.Length == 0)
        {
            _request = new byte[1024];
        }
        else if (_requestLength == _request.Length)
        {
            if (_requestLength >= MostRequest)
            {
                return false;
            }

            Array.Resize(ref _request, _request.Length * 2);
        }

        var count = Tcp.Receive(Descriptor, _request.AsSpan(_requestLength));
        _requestLength += Math.Max(count, 0);
        return count is > 0 or -1;
    }

    /// <summary>Takes a whole request; it is valid until <see cref="Receive"/>.</summary>
    /// <returns>False while it is not whole.</returns>
    public bool TryTakeRequest(out ReadOnlySpan<byte> request)
    {
        request = _request.AsSpan(0, _requestLength);
        var head = request.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        head += 4;
        var whole = head + BodyLength(request[..head], request[head..]);
        if (request.Length < whole)
        {
            return false;
        }

        // One request at a time: nobody here sends a second before the answer to the first has ended.
        _requestLength = 0;
        return true;
    }

    /// <summary>Sends, and keeps what the socket does not take.</summary>
    /// <returns>False when the connection is dead.</returns>
    public bool Send(ReadOnlySpan<byte> bytes)
    {
        var sent = HasPending ? 0 : Tcp.Send(Descriptor, bytes);
        if (sent < 0)
        {
            return false;
        }

        var rest = bytes[sent..];
        if (!rest.IsEmpty)
        {
            if (!HasPending)
            {
                (_pendingStart, _pendingEnd) = (0, 0);
            }

            if (_pending.Length - _pendingEnd < rest.Length)
            {
                Array.Resize(ref _pending, Math.Max(_pendingEnd + rest.Length, 2 * _pending.Length));
            }

            rest.CopyTo(_pending.AsSpan(_pendingEnd));
            _pendingEnd += rest.Length;
        }

        return true;
    }

    /// <summary>Sends what waits for room.</summary>
    /// <returns>False when the connection is dead.</returns>
    public bool SendPending()
    {
        var sent = Tcp.Send(Descriptor, _pending.AsSpan(_pendingStart.._pendingEnd));
        _pendingStart += Math.Max(sent, 0);
        return sent >= 0;
    }

    private static int BodyLength(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        Span<byte> lower = stackalloc byte[Math.Min(head.Length, 8192)];
        _ = System.Text.Ascii.ToLower(head[..lower.Length], lower, out _);
        var name = "\r\ncontent-length:"u8;
        if (lower.IndexOf(name) is var at and >= 0)
        {
            return Utf8Parser.TryParse(lower[(at + name.Length)..].TrimStart((byte)' '), out int length, out _) ? length : 0;
        }

        // A chunked body is a small document without this sequence in it.
        var end = "0\r\n\r\n"u8;
        return lower.IndexOf("\r\ntransfer-encoding: chunked"u8) < 0 ? 0
            : body.EndsWith(end) ? body.Length
            : int.MaxValue / 2;
    }
}
