namespace EdgeProxy.Bench.Load;

/// <summary>
/// Holds every byte of one answer against what the backend sent: all events in order and unchanged, comments between events alone,
/// one <c>[DONE]</c>, nothing after it. The body may come in pieces of any size. Allocates only for violations.
/// </summary>
/// <param name="meter">Where events, comments and violations are counted.</param>
internal sealed class EventVerifier(Meter meter)
{
    private const int MostText = 160;

    private readonly byte[] _text = new byte[MostText];
    private readonly EventOrder _order = new();
    private EventFormat _format = EventFormat.OfEvent(EventFormat.MinSize);
    private uint _stream;
    private bool _asksForDone;
    private State _state;
    private ViolationKind _skipKind;
    private Stamp _stamp;
    private int _position;
    private int _textLength;
    private bool _afterNewline;
    private bool _isNew;
    private bool _sawLast;

    private static ReadOnlySpan<byte> Done => "data: [DONE]\n\n"u8;

    private enum State
    {
        Boundary,
        Event,
        Comment,
        Done,
        Skip,
        Ended,
    }

    /// <summary>Begins an answer.</summary>
    /// <param name="format">What the events look like.</param>
    /// <param name="stream">The number that they carry.</param>
    /// <param name="asksForDone">The answer is a stream; else it is one JSON document.</param>
    public void Begin(EventFormat format, uint stream, bool asksForDone)
    {
        _format = format;
        _stream = stream;
        _asksForDone = asksForDone;
        _state = State.Boundary;
        _order.Restart();
        _sawLast = false;
        _textLength = 0;
    }

    /// <summary>The next bytes of the body.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        meter.OnBytes(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bytes = bytes[(_state switch
            {
                State.Boundary => AtBoundary(bytes),
                State.Event => InEvent(bytes),
                State.Comment => InComment(bytes),
                State.Done => InDone(bytes),
                State.Skip => InSkipped(bytes),
                _ => AfterEnd(bytes),
            })..];
        }
    }

    /// <summary>The answer has ended, in whatever way.</summary>
    public void End()
    {
        var wasWhole = _state == State.Ended || (!_asksForDone && _sawLast && _state == State.Boundary);
        if (_state is State.Event or State.Done)
        {
            meter.Violations.Add(ViolationKind.CutEvent, _stream, "the end came inside an event"u8);
        }
        else if (_state == State.Skip)
        {
            EndSkipped();
        }

        if (!wasWhole && _asksForDone)
        {
            meter.Violations.Add(ViolationKind.MissingDone, _stream, "the end came without [DONE]"u8);
        }

        if (!_sawLast)
        {
            meter.Violations.Add(ViolationKind.Missing, _stream, "the last event did not come"u8);
        }

        if (_state == State.Ended && _textLength > 0)
        {
            var kind = _text.AsSpan(0, _textLength).StartsWith(Done[..^2]) ? ViolationKind.SecondDone : ViolationKind.BytesAfterEnd;
            meter.Violations.Add(kind, _stream, _text.AsSpan(0, _textLength));
        }
    }

    private int AtBoundary(ReadOnlySpan<byte> bytes)
    {
        var first = bytes[0];
        if (first == _format.FirstByte)
        {
            _state = State.Event;
            _position = 0;
            _textLength = 0;
            return 0;
        }

        if (first is (byte)'\n' or (byte)'\r')
        {
            return 1;
        }

        _textLength = 0;
        if (first == ':' && _asksForDone)
        {
            _state = State.Comment;
            return 0;
        }

        Skip(ViolationKind.UnexpectedText);
        return 0;
    }

    private int InEvent(ReadOnlySpan<byte> bytes)
    {
        var read = 0;
        while (read < bytes.Length)
        {
            var rest = bytes[read..];
            if (_position >= _format.StampStart && _position < _format.StampEnd)
            {
                var length = Keep(rest, _format.StampEnd - _position);
                read += length;
                _position += length;
                if (_position == _format.StampEnd && !JudgeStamp())
                {
                    return read;
                }

                continue;
            }

            var expected = _format.Expected(_position, _stamp);
            var match = Math.Min(expected.Length, rest.Length);
            if (!rest[..match].SequenceEqual(expected[..match]))
            {
                return read + OnMismatch(rest, rest.CommonPrefixLength(expected));
            }

            read += match;
            _position += match;
            if (_position == _format.Size)
            {
                OnEvent();
                return read;
            }
        }

        return read;
    }

    // The text keeps the stamp's digits alone while an event is read: the rest is known.
    private int OnMismatch(ReadOnlySpan<byte> rest, int match)
    {
        if (_position + match == Done.IndexOf((byte)'[') && _asksForDone && rest[match] == '[')
        {
            _state = State.Done;
            _position += match;
            return match;
        }

        if (_position >= _format.StampEnd && _isNew)
        {
            _sawLast |= _stamp.IsLast;
        }

        _textLength = 0;
        var lineStart = _position + match >= _format.Size - 1;
        var from = match > 0 && rest[match - 1] == ':' && rest[match] == ' ' ? match - 1 : match;
        Skip(rest[from] == ':' ? ViolationKind.CommentInsideEvent : ViolationKind.Changed);
        _afterNewline = lineStart;
        return from;
    }

    private bool JudgeStamp()
    {
        var digits = _text.AsSpan(0, _textLength);
        if (!EventFormat.TryReadStamp(digits, out _stamp))
        {
            Skip(ViolationKind.Changed);
            return false;
        }

        _isNew = _order.Judge(_stamp, _stream, digits, meter.Violations);
        return true;
    }

    private void OnEvent()
    {
        _state = State.Boundary;
        if (!_isNew)
        {
            return;
        }

        if (_sawLast)
        {
            meter.Violations.Add(ViolationKind.UnexpectedText, _stream, "an event came after the last one"u8);
        }

        _sawLast |= _stamp.IsLast;
        meter.OnEvent(_stamp.Time);
    }

    private int InComment(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\n');
        var length = end < 0 ? bytes.Length : end + 1;
        _ = Keep(bytes[..length], MostText);
        if (end >= 0)
        {
            meter.OnComment(_text.AsSpan(0, _textLength));
            _state = State.Boundary;
        }

        return length;
    }

    private int InDone(ReadOnlySpan<byte> bytes)
    {
        var expected = Done[_position..];
        var match = Math.Min(bytes.Length, expected.Length);
        if (!bytes[..match].SequenceEqual(expected[..match]))
        {
            _textLength = 0;
            Skip(ViolationKind.Changed);
            return 0;
        }

        _position += match;
        if (_position == Done.Length)
        {
            _state = State.Ended;
            _textLength = 0;
        }

        return match;
    }

    private int InSkipped(ReadOnlySpan<byte> bytes)
    {
        for (var index = 0; index < bytes.Length; index++)
        {
            var isNewline = bytes[index] == '\n';
            if (isNewline && _afterNewline)
            {
                _ = Keep(bytes[..(index + 1)], MostText);
                EndSkipped();
                _state = State.Boundary;
                return index + 1;
            }

            _afterNewline = isNewline;
        }

        _ = Keep(bytes, MostText);
        return bytes.Length;
    }

    private int AfterEnd(ReadOnlySpan<byte> bytes)
    {
        _ = Keep(bytes, MostText);
        return bytes.Length;
    }

    private void Skip(ViolationKind kind)
    {
        _state = State.Skip;
        _skipKind = kind;
        _afterNewline = false;
    }

    private void EndSkipped()
    {
        var text = _text.AsSpan(0, _textLength);
        var kind = text.StartsWith("event: error"u8) ? ViolationKind.ErrorFrame
            : _skipKind == ViolationKind.Changed && text.IndexOf("\n:"u8) >= 0 ? ViolationKind.CommentInsideEvent
            : _skipKind;
        meter.Violations.Add(kind, _stream, text);
    }

    private int Keep(ReadOnlySpan<byte> bytes, int most)
    {
        var length = Math.Min(bytes.Length, most);
        var kept = Math.Min(length, MostText - _textLength);
        bytes[..kept].CopyTo(_text.AsSpan(_textLength));
        _textLength += kept;
        return length;
    }
}
