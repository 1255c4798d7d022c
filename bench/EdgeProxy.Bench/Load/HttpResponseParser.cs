using System.Buffers.Text;

namespace EdgeProxy.Bench.Load;

/// <summary>What <see cref="HttpResponseParser.Next"/> found.</summary>
internal enum HttpPart
{
    /// <summary>The input is used up.</summary>
    NeedsMore,

    /// <summary>The head has been read.</summary>
    Head,

    /// <summary>A piece of the body.</summary>
    Body,

    /// <summary>The answer has ended; what follows in the input is the next one's.</summary>
    End,

    /// <summary>Not HTTP/1.1; the connection is of no more use.</summary>
    Error,
}

/// <summary>Reads HTTP/1.1 responses (RFC 9112) from pieces of any size: bodies by length, in chunks, or up to the end of the connection.</summary>
internal sealed class HttpResponseParser
{
    private const int MostHead = 16 * 1024;

    private byte[] _head = [];
    private int _headLength;
    private State _state;
    private long _left;
    private int _lineLength;

    private enum State
    {
        Head,
        Fixed,
        UntilClose,
        ChunkSize,
        ChunkExtension,
        ChunkData,
        ChunkEnd,
        Trailers,
        Failed,
    }

    /// <summary>The status of the last head.</summary>
    public int Status { get; private set; }

    /// <summary>The connection will not be kept.</summary>
    public bool Closes { get; private set; }

    /// <summary>The end of the connection, now, is the end of the answer.</summary>
    public bool EndsAtClose => _state == State.UntilClose;

    /// <summary>Nothing of an answer has come.</summary>
    public bool IsBetweenAnswers => _state == State.Head && _headLength == 0;

    /// <summary>Makes ready for a new connection.</summary>
    public void Reset()
    {
        _state = State.Head;
        _headLength = 0;
    }

    /// <summary>Takes the next part off the input.</summary>
    public HttpPart Next(ref ReadOnlySpan<byte> input, out ReadOnlySpan<byte> body)
    {
        body = default;
        while (!input.IsEmpty)
        {
            switch (_state)
            {
                case State.Head:
                    if (ReadHead(ref input) is var head and not HttpPart.NeedsMore)
                    {
                        return head;
                    }

                    break;
                case State.Fixed or State.ChunkData or State.UntilClose:
                    return ReadBody(ref input, out body);
                default:
                    if (ReadFraming(ref input) is var part and not HttpPart.NeedsMore)
                    {
                        return part;
                    }

                    break;
            }
        }

        // A length of nothing ends without another byte.
        return _state == State.Fixed && _left == 0 ? ToEnd() : HttpPart.NeedsMore;
    }

    private HttpPart ReadBody(ref ReadOnlySpan<byte> input, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (_state == State.Fixed && _left == 0)
        {
            return ToEnd();
        }

        var length = _state == State.UntilClose ? input.Length : (int)Math.Min(input.Length, _left);
        body = input[..length];
        input = input[length..];
        _left -= length;
        if (_left == 0 && _state == State.ChunkData)
        {
            _state = State.ChunkEnd;
            _lineLength = 0;
        }

        return HttpPart.Body;
    }

    private HttpPart ReadFraming(ref ReadOnlySpan<byte> input)
    {
        for (var index = 0; index < input.Length; index++)
        {
            var part = Step(input[index]);
            if (part != HttpPart.NeedsMore || _state == State.ChunkData)
            {
                input = input[(index + 1)..];
                return part;
            }
        }

        input = default;
        return HttpPart.NeedsMore;
    }

    private HttpPart Step(byte next)
    {
        switch (_state)
        {
            case State.ChunkSize when char.IsAsciiHexDigit((char)next) && _lineLength < 15:
                _left = (_left << 4) | (uint)(next <= (byte)'9' ? next - '0' : (next | 0x20) - 'a' + 10);
                _lineLength++;
                return HttpPart.NeedsMore;
            case State.ChunkSize when _lineLength > 0 && next is (byte)'\r' or (byte)';' or (byte)' ':
                _state = State.ChunkExtension;
                return HttpPart.NeedsMore;
            case State.ChunkExtension:
                if (next == '\n')
                {
                    _state = _left == 0 ? State.Trailers : State.ChunkData;
                    _lineLength = 0;
                }

                return HttpPart.NeedsMore;
            case State.ChunkEnd when next == (_lineLength == 0 ? '\r' : '\n'):
                if (_lineLength++ == 1)
                {
                    ToChunkSize();
                }

                return HttpPart.NeedsMore;
            case State.Trailers when next != '\n':
                _lineLength += next == '\r' ? 0 : 1;
                return HttpPart.NeedsMore;
            case State.Trailers:
                var isLast = _lineLength == 0;
                _lineLength = 0;
                return isLast ? ToEnd() : HttpPart.NeedsMore;
            default:
                return Fail();
        }
    }

    private HttpPart ReadHead(ref ReadOnlySpan<byte> input)
    {
        // Most heads come in one piece and are read where they are.
        if (_headLength == 0)
        {
            var end = input.IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var head = input[..(end + 2)];
                input = input[(end + 4)..];
                return ParseHead(head);
            }
        }

        if (_head.Length == 0)
        {
            _head = new byte[MostHead];
        }

        while (!input.IsEmpty && _headLength < MostHead)
        {
            _head[_headLength++] = input[0];
            input = input[1..];
            if (_head.AsSpan(0, _headLength).EndsWith("\r\n\r\n"u8))
            {
                var length = _headLength - 2;
                _headLength = 0;
                return ParseHead(_head.AsSpan(0, length));
            }
        }

        return input.IsEmpty ? HttpPart.NeedsMore : Fail();
    }

    private HttpPart ParseHead(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("HTTP/1.1 "u8) || head.Length < 12 || !Utf8Parser.TryParse(head.Slice(9, 3), out int status, out _))
        {
            return Fail();
        }

        if (status is >= 100 and < 200)
        {
            return HttpPart.NeedsMore;
        }

        Status = status;
        Closes = Value(head, "connection"u8).StartsWith("close"u8);
        if (Value(head, "transfer-encoding"u8).StartsWith("chunked"u8))
        {
            ToChunkSize();
        }
        else if (Value(head, "content-length"u8) is { IsEmpty: false } length)
        {
            if (!Utf8Parser.TryParse(length, out _left, out var read) || read != length.Length || _left < 0)
            {
                return Fail();
            }

            _state = State.Fixed;
        }
        else
        {
            _state = State.UntilClose;
            _left = long.MaxValue;
            Closes = true;
        }

        return HttpPart.Head;
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (head.IndexOf("\r\n"u8) is var end and >= 0)
        {
            head = head[(end + 2)..];
            if (head.Length > name.Length && head[name.Length] == ':' && System.Text.Ascii.EqualsIgnoreCase(head[..name.Length], name))
            {
                var value = head[(name.Length + 1)..];
                return value[..value.IndexOf("\r\n"u8)].Trim((byte)' ');
            }
        }

        return default;
    }

    private void ToChunkSize()
    {
        _state = State.ChunkSize;
        _left = 0;
        _lineLength = 0;
    }

    private HttpPart ToEnd()
    {
        _state = State.Head;
        return HttpPart.End;
    }

    private HttpPart Fail()
    {
        _state = State.Failed;
        return HttpPart.Error;
    }
}
