using System.Buffers.Binary;

namespace EdgeProxy.Protocol;

/// <summary>
/// Splits an event stream (WHATWG HTML 9.2.5 and 9.2.6) into lines while it arrives, cut anywhere, without allocating, holding
/// or re-reading a byte: an event of megabytes costs the same per byte as a short one. <c>default</c> is ready to use.
/// </summary>
/// <remarks>
/// <para>
/// Lines end with <c>\n</c>, <c>\r\n</c> or <c>\r</c>, freely mixed. A <c>\r</c> that is the last byte so far ends its line at
/// once; a <c>\n</c> that follows belongs to it and gives no token. One byte order mark at byte 0 of the stream is skipped.
/// </para>
/// <para>
/// Whenever <see cref="IsAtBoundary"/> holds after a call of <see cref="TryRead"/>, whatever the call returned, the position it
/// left is the offset of that boundary.
/// </para>
/// <para>A mutable struct: keep it in a field or pass it by reference.</para>
/// </remarks>
internal struct SseScanner
{
    private Step _step;
    private SseField _field;
    private byte _nameLength;
    private bool _blockHasFields;
    private bool _blockHasData;
    private byte _lineEnding;
    private bool _sawId;

    /// <summary>Where in a line the next byte is.</summary>
    private enum Step : byte
    {
        StreamStart,
        MarkSecond,
        MarkThird,
        LineStart,
        LineStartAfterCr,
        Name,
        AfterColon,
        ValueStart,
        Value,
    }

    /// <summary>The first line ending of the stream. It stays unknown while the only one is a <c>\r</c> with nothing after it yet.</summary>
    public readonly LineEnding LineEnding => (LineEnding)_lineEnding;

    /// <summary>
    /// Whether no line of an unfinished event was begun: at the start, after a blank line, or after whole comment lines at the
    /// start of a block. A frame of our own is legal exactly here.
    /// </summary>
    public readonly bool IsAtBoundary => !_blockHasFields && _step is Step.LineStart or Step.LineStartAfterCr or Step.StreamStart;

    /// <summary>Whether the last byte read was a <c>\r</c> that ended a line: a <c>\n</c> that follows belongs to it.</summary>
    public readonly bool EndsWithCr => _step == Step.LineStartAfterCr;

    /// <summary>Whether a whole line with the field <c>id</c> was read.</summary>
    public readonly bool SawId => _sawId;

    /// <summary>Reads the next line, or the part of it that is there, and moves <paramref name="position"/> past it.</summary>
    /// <returns><c>false</c>: the input is used up; go on with the next piece, from 0.</returns>
    public bool TryRead(ReadOnlySpan<byte> input, scoped ref int position, out SseLine line)
    {
        if (_step == Step.LineStartAfterCr && (uint)position < (uint)input.Length)
        {
            EndCr(input, ref position);
        }

        if (_step < Step.ValueStart && !TryBeginKnownLine(input, ref position) && !TryReadName(input, ref position))
        {
            line = default;
            return false;
        }

        return TryReadValue(input, ref position, out line);
    }

    /// <summary>Decides, now that its next byte is there, what line ending a <c>\r</c> at the end of the last piece was.</summary>
    private void EndCr(ReadOnlySpan<byte> input, ref int position)
    {
        var isCrLf = input[position] == (byte)'\n';
        SetLineEnding(isCrLf ? LineEnding.CrLf : LineEnding.Cr);
        position += isCrLf ? 1 : 0;
        _step = Step.LineStart;
    }

    /// <summary>The common case: a line that begins here and whose name lies in the input as a whole.</summary>
    private bool TryBeginKnownLine(ReadOnlySpan<byte> input, ref int position)
    {
        const ulong Data = 0x3A_61_74_61_64;            // "data:"
        const ulong Event = 0x3A_74_6E_65_76_65;        // "event:"
        const ulong Id = 0x3A_64_69;                    // "id:"
        const ulong FiveBytes = 0xFF_FF_FF_FF_FF;
        const ulong SixBytes = 0xFF_FF_FF_FF_FF_FF;
        const ulong ThreeBytes = 0xFF_FF_FF;

        if (_step != Step.LineStart || !BinaryPrimitives.TryReadUInt64LittleEndian(input[position..], out var bytes))
        {
            return false;
        }

        int nameAndColon;
        if ((bytes & FiveBytes) == Data)
        {
            (_field, nameAndColon) = (SseField.Data, 5);
        }
        else if ((bytes & SixBytes) == Event)
        {
            (_field, nameAndColon) = (SseField.Event, 6);
        }
        else if ((bytes & ThreeBytes) == Id)
        {
            (_field, nameAndColon) = (SseField.Id, 3);
        }
        else
        {
            return false;
        }

        var hasSpace = (byte)(bytes >> (nameAndColon * 8)) == (byte)' ';
        position += hasSpace ? nameAndColon + 1 : nameAndColon;
        _blockHasFields = true;
        _step = Step.ValueStart;
        return true;
    }

    /// <summary>Takes bytes up to the value of a line, or up to its end if it has none. <c>false</c>: the input is used up.</summary>
    private bool TryReadName(ReadOnlySpan<byte> input, ref int position)
    {
        for (; (uint)position < (uint)input.Length; position++)
        {
            var next = input[position];
            switch (_step)
            {
                case Step.StreamStart when next == 0xEF:
                    _step = Step.MarkSecond;
                    break;
                case Step.MarkSecond when next == 0xBB:
                    _step = Step.MarkThird;
                    break;
                case Step.MarkThird when next == 0xBF:
                    _step = Step.LineStart;
                    break;
                case Step.MarkSecond or Step.MarkThird:
                    // No mark after all: the bytes begin the name of a field that nobody knows.
                    _blockHasFields = true;
                    _field = SseField.Other;
                    _step = Step.ValueStart;
                    return true;
                case Step.StreamStart or Step.LineStart:
                    if (BeginLine(next))
                    {
                        return true;
                    }

                    break;
                case Step.Name:
                    if (ContinueName(next))
                    {
                        return true;
                    }

                    break;
                default:
                    position += next == (byte)' ' ? 1 : 0;
                    _step = Step.ValueStart;
                    return true;
            }
        }

        return false;
    }

    /// <returns>Whether the byte stands at the line's value or end.</returns>
    private bool BeginLine(byte first)
    {
        switch (first)
        {
            case (byte)'\n' or (byte)'\r':
                _field = SseField.Blank;
                _step = Step.ValueStart;
                return true;
            case (byte)':':
                _field = SseField.Comment;
                _step = Step.AfterColon;
                return false;
            default:
                _blockHasFields = true;
                _nameLength = 0;
                _field = first switch
                {
                    (byte)'d' => SseField.Data,
                    (byte)'e' => SseField.Event,
                    (byte)'i' => SseField.Id,
                    (byte)'r' => SseField.Retry,
                    _ => SseField.Other,
                };
                _step = Step.Name;
                return ContinueName(first);
        }
    }

    /// <returns>Whether the byte stands at the line's value or end.</returns>
    private bool ContinueName(byte next)
    {
        var name = _field switch
        {
            SseField.Data => "data"u8,
            SseField.Event => "event"u8,
            SseField.Id => "id"u8,
            SseField.Retry => "retry"u8,
            _ => default,
        };
        if (_nameLength < name.Length)
        {
            if (next == name[_nameLength])
            {
                _nameLength++;
                return false;
            }

            _field = SseField.Other;
        }
        else if (next == (byte)':' && _field != SseField.Other)
        {
            _step = Step.AfterColon;
            return false;
        }
        else if (next is not ((byte)'\n' or (byte)'\r'))
        {
            _field = SseField.Other;
        }

        _step = Step.ValueStart;
        return true;
    }

    private bool TryReadValue(ReadOnlySpan<byte> input, scoped ref int position, out SseLine line)
    {
        var rest = input[position..];
        var flags = _step == Step.ValueStart ? SseLine.Flags.StartsValue : SseLine.Flags.None;
        var end = rest.IndexOfAny((byte)'\n', (byte)'\r');
        if (end < 0)
        {
            line = new SseLine(_field, flags, rest);
            if (rest.IsEmpty)
            {
                return false;
            }

            position = input.Length;
            _step = Step.Value;
            return true;
        }

        var next = EndLine(rest, end, out var ending);
        SetLineEnding(ending);
        flags |= SseLine.Flags.EndsLine;
        _blockHasData |= _field == SseField.Data;
        _sawId |= _field == SseField.Id;
        if (_field == SseField.Blank)
        {
            flags |= EndBlock();
        }
        else if ((uint)next < (uint)rest.Length && rest[next] is (byte)'\n' or (byte)'\r')
        {
            next = EndLine(rest, next, out _);
            flags |= EndBlock();
        }

        position += next;
        _step = rest[next - 1] == (byte)'\r' ? Step.LineStartAfterCr : Step.LineStart;
        line = new SseLine(_field, flags, rest[..end]);
        return true;
    }

    /// <returns>The offset after the line end that begins at <paramref name="at"/>.</returns>
    private static int EndLine(ReadOnlySpan<byte> rest, int at, out LineEnding ending)
    {
        if (rest[at] == (byte)'\n')
        {
            ending = LineEnding.Lf;
            return at + 1;
        }

        if (at + 1 == rest.Length)
        {
            ending = LineEnding.Unknown;
            return at + 1;
        }

        ending = rest[at + 1] == (byte)'\n' ? LineEnding.CrLf : LineEnding.Cr;
        return ending == LineEnding.CrLf ? at + 2 : at + 1;
    }

    private SseLine.Flags EndBlock()
    {
        var flags = _blockHasData ? SseLine.Flags.EndsBlock | SseLine.Flags.DispatchesEvent : SseLine.Flags.EndsBlock;
        _blockHasFields = false;
        _blockHasData = false;
        return flags;
    }

    private void SetLineEnding(LineEnding ending)
    {
        if (_lineEnding == (byte)LineEnding.Unknown)
        {
            _lineEnding = (byte)ending;
        }
    }
}
