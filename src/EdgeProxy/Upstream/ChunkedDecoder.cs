using System.Buffers;

namespace EdgeProxy.Upstream;

/// <summary>What a decoder made of the bytes it was given.</summary>
internal enum ChunkedState
{
    /// <summary>The body goes on.</summary>
    Open,

    /// <summary>The last chunk and the trailers are over.</summary>
    Ended,

    /// <summary>This is not chunked coding.</summary>
    Invalid,
}

/// <summary>
/// Undoes chunked coding (RFC 9112 section 7.1) in the buffer that the bytes arrived in: content moves to the front, framing is dropped.
/// All input is taken each time, wherever it ends, so nothing has to be kept. A bare line feed ends a line, as RFC 9112 section 2.2 lets a
/// recipient read it; chunk extensions are passed over.
/// </summary>
internal struct ChunkedDecoder
{
    // As much of trailers and of one line's extensions as anyone sends.
    private const int MaxTrailerBytes = 16 * 1024;
    private const int MaxExtensionBytes = 4 * 1024;

    private Place _place;
    private long _left;
    private int _digits;
    private int _extension;
    private bool _isAfterReturn;
    private ArrayBufferWriter<byte>? _trailers;

    private enum Place
    {
        Size,
        SizeEnd,
        Extension,
        Content,
        AfterContent,
        AfterContentFeed,
        TrailerStart,
        Trailer,
        Ended,
    }

    /// <summary>The trailer lines, each with its line feed; empty before the end.</summary>
    public readonly ReadOnlySpan<byte> Trailers => _trailers is null ? default : _trailers.WrittenSpan;

    /// <summary>Takes the next bytes of the coded body.</summary>
    /// <param name="bytes">The coded bytes; its front holds the content afterwards.</param>
    /// <param name="content">How many bytes of content there are now at the front.</param>
    /// <param name="extra">How many bytes stand behind the end of the body.</param>
    public ChunkedState Decode(Span<byte> bytes, out int content, out int extra)
    {
        content = 0;
        extra = 0;
        var at = 0;
        while (at < bytes.Length)
        {
            if (_place == Place.Content)
            {
                var count = (int)Math.Min(_left, bytes.Length - at);
                if (content != at)
                {
                    bytes.Slice(at, count).CopyTo(bytes[content..]);
                }

                content += count;
                at += count;
                _left -= count;
                if (_left == 0)
                {
                    _place = Place.AfterContent;
                }
            }
            else if (_place == Place.Ended)
            {
                break;
            }
            else if (!Frame(bytes[at++]))
            {
                return ChunkedState.Invalid;
            }
        }

        extra = bytes.Length - at;
        return _place == Place.Ended ? ChunkedState.Ended : ChunkedState.Open;
    }

    private bool Frame(byte next) => _place switch
    {
        Place.Size => Size(next),
        Place.SizeEnd => SizeEnd(next),
        Place.Extension => Extension(next),
        Place.AfterContent => AfterContent(next),
        Place.AfterContentFeed => LineFeed(next, Place.Size),
        _ => Trailer(next),
    };

    private bool Size(byte next)
    {
        if (char.IsAsciiHexDigit((char)next))
        {
            // 15 digits are an exabyte: no sum overflows.
            _left = (_left << 4) | (uint)(next <= (byte)'9' ? next - (byte)'0' : (next | 0x20) - (byte)'a' + 10);
            return ++_digits <= 15;
        }

        _place = Place.SizeEnd;
        return _digits > 0 && SizeEnd(next);
    }

    // Spaces may stand before an extension (RFC 9112 section 7.1.1), and some servers pad the size with them.
    private bool SizeEnd(byte next)
    {
        if (next == (byte)';')
        {
            _place = Place.Extension;
        }

        return next is (byte)'\r' or (byte)'\n' or (byte)';' or (byte)' ' or (byte)'\t' && Extension(next);
    }

    private bool Extension(byte next)
    {
        if (next != (byte)'\n')
        {
            // A carriage return alone ends no line here, but may do so for somebody else.
            var isAfterReturn = _isAfterReturn;
            _isAfterReturn = next == (byte)'\r';
            return !isAfterReturn && ++_extension <= MaxExtensionBytes;
        }

        _isAfterReturn = false;
        _place = _left > 0 ? Place.Content : Place.TrailerStart;
        (_digits, _extension) = (0, 0);
        return true;
    }

    private bool AfterContent(byte next)
    {
        if (next != (byte)'\r')
        {
            return LineFeed(next, Place.Size);
        }

        _place = Place.AfterContentFeed;
        return true;
    }

    private bool LineFeed(byte next, Place after)
    {
        _place = after;
        return next == (byte)'\n';
    }

    private bool Trailer(byte next)
    {
        if (_isAfterReturn && next != (byte)'\n')
        {
            return false;
        }

        _isAfterReturn = next == (byte)'\r';
        if (next == (byte)'\n')
        {
            if (_place == Place.TrailerStart)
            {
                _place = Place.Ended;
                return true;
            }

            _place = Place.TrailerStart;
        }
        else if (_isAfterReturn)
        {
            // Part of the line end.
            return true;
        }
        else
        {
            _place = Place.Trailer;
        }

        _trailers ??= new();
        _trailers.GetSpan(1)[0] = next;
        _trailers.Advance(1);
        return _trailers.WrittenCount <= MaxTrailerBytes;
    }
}
