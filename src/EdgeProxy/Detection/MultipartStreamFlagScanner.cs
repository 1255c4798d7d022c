using System.Diagnostics;
using System.Text;

namespace EdgeProxy.Detection;

/// <summary>
/// Searches a multipart form (RFC 2046 5.1, RFC 7578) for the field <c>stream</c>: <c>true</c> is a stream, <c>false</c> is not,
/// letter case and surrounding white space do not matter, any other value says nothing. As in JSON the last of several
/// wins, so the form is decided at its closing boundary, and whatever follows that is not looked at.
/// </summary>
/// <remarks>
/// Lines end in CR LF, as every backend's own parser asks; anything else in the boundary lines or part headers is malformed. Files are
/// skipped with one vectorised search for the boundary. Held between calls: one header line, at most 16 KB, and 16 bytes of a value.
/// </remarks>
internal sealed class MultipartStreamFlagScanner : IBodyFlagScanner
{
    /// <summary>What the headers of one part may take, line ends included; beyond it the form is malformed.</summary>
    internal const int MaxPartHeaderBytes = 16 * 1024;

    private const int MaxValueBytes = 16;

    private readonly byte[] _delimiter;
    private readonly byte[] _value = new byte[MaxValueBytes];
    private byte[] _line = [];
    private int _lineLength;
    private int _headerBytes;
    private int _matched;
    private int _valueLength;
    private State _state;
    private PartDisposition? _disposition;
    private BodyFlag _field = BodyFlag.SaysNothing;
    private BodyFlag _verdict;
    private bool _empty = true;

    /// <param name="boundary">Of the <c>Content-Type</c> header, unquoted: printable ASCII.</param>
    public MultipartStreamFlagScanner(string boundary)
    {
        Debug.Assert(boundary.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0);
        _delimiter = Encoding.ASCII.GetBytes($"\r\n--{boundary}");

        // A form may begin with its boundary line: the CR LF before it is the one that ended the request's head.
        _matched = 2;
    }

    private enum State : byte
    {
        /// <summary>In the preamble or in a part's content.</summary>
        Content,

        /// <summary>Right after a boundary.</summary>
        AfterBoundary,

        /// <summary>After the first of the two dashes that close the form.</summary>
        Closing,

        /// <summary>In the white space after a boundary.</summary>
        Padding,

        /// <summary>Before the LF that ends a boundary line.</summary>
        BoundaryLineFeed,

        /// <summary>In a part's headers.</summary>
        Header,

        /// <summary>Before the LF that ends a header line.</summary>
        HeaderLineFeed,
    }

    public BodyFlag Scan(ReadOnlySpan<byte> newBytes)
    {
        _empty &= newBytes.IsEmpty;
        while (_verdict == BodyFlag.Undecided && !newBytes.IsEmpty)
        {
            var used = _state switch
            {
                State.Content => ScanContent(newBytes),
                State.Header => ScanHeader(newBytes),
                _ => ScanLineByte(newBytes[0]),
            };
            newBytes = newBytes[used..];
        }

        return _verdict;
    }

    public BodyFlag Complete()
    {
        if (_verdict == BodyFlag.Undecided)
        {
            _verdict = _empty ? BodyFlag.SaysNothing : BodyFlag.Malformed;
        }

        return _verdict;
    }

    /// <summary>Looks for the delimiter. Its only CR is its first byte, so a failed match never has to be taken up again further in.</summary>
    private int ScanContent(ReadOnlySpan<byte> bytes)
    {
        if (_matched > 0)
        {
            var expected = _delimiter.AsSpan(_matched);
            var common = bytes.CommonPrefixLength(expected);
            _matched += common;
            if (common == expected.Length)
            {
                EndContent();
            }
            else if (common < bytes.Length)
            {
                Capture(_delimiter.AsSpan(0, _matched));
                _matched = 0;
            }

            return common;
        }

        var found = bytes.IndexOf(_delimiter);
        if (found >= 0)
        {
            Capture(bytes[..found]);
            EndContent();
            return found + _delimiter.Length;
        }

        // The delimiter may have begun in the last bytes.
        var start = bytes.LastIndexOf((byte)'\r');
        if (start < 0 || !_delimiter.AsSpan().StartsWith(bytes[start..]))
        {
            start = bytes.Length;
        }

        Capture(bytes[..start]);
        _matched = bytes.Length - start;
        return bytes.Length;
    }

    private int ScanLineByte(byte next)
    {
        State? state = (_state, next) switch
        {
            (State.AfterBoundary, (byte)'-') => State.Closing,
            (State.AfterBoundary or State.Padding, (byte)' ' or (byte)'\t') => State.Padding,
            (State.AfterBoundary or State.Padding, (byte)'\r') => State.BoundaryLineFeed,
            (State.BoundaryLineFeed or State.HeaderLineFeed, (byte)'\n') => State.Header,
            _ => null,
        };

        if (_state == State.Closing && next == '-')
        {
            _verdict = _field;
        }
        else if (state is not { } known)
        {
            _verdict = BodyFlag.Malformed;
        }
        else if (_state == State.HeaderLineFeed)
        {
            EndHeaderLine();
        }
        else
        {
            _state = known;
        }

        return 1;
    }

    private int ScanHeader(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        var text = end < 0 ? bytes : bytes[..end];
        _headerBytes += text.Length + (end < 0 ? 0 : 2);
        if (_headerBytes > MaxPartHeaderBytes || (end >= 0 && bytes[end] == '\n'))
        {
            _verdict = BodyFlag.Malformed;
            return bytes.Length;
        }

        if (_line.Length < _lineLength + text.Length)
        {
            Array.Resize(ref _line, Math.Max(256, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(_lineLength + text.Length))));
        }

        text.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += text.Length;
        if (end < 0)
        {
            return bytes.Length;
        }

        _state = State.HeaderLineFeed;
        return end + 1;
    }

    private void EndHeaderLine()
    {
        var line = _line.AsSpan(0, _lineLength);
        _lineLength = 0;
        if (line.IsEmpty)
        {
            _state = State.Content;
            _headerBytes = 0;
            return;
        }

        _state = State.Header;
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
        {
            _verdict = BodyFlag.Malformed;
        }
        else if (Ascii.EqualsIgnoreCase(line[..colon], "Content-Disposition"u8))
        {
            // A second one leaves open which of them the backend takes.
            _disposition = _disposition is null ? PartDispositionParser.Parse(line[(colon + 1)..]) : PartDisposition.Malformed;
            if (_disposition == PartDisposition.Malformed)
            {
                _verdict = BodyFlag.Malformed;
            }
        }
    }

    private void Capture(ReadOnlySpan<byte> content)
    {
        if (_disposition != PartDisposition.StreamField)
        {
            return;
        }

        var kept = content[..Math.Min(content.Length, MaxValueBytes - Math.Min(_valueLength, MaxValueBytes))];
        kept.CopyTo(_value.AsSpan(Math.Min(_valueLength, MaxValueBytes)));
        _valueLength = content.Length > kept.Length ? MaxValueBytes + 1 : _valueLength + kept.Length;
    }

    private void EndContent()
    {
        if (_disposition == PartDisposition.StreamField)
        {
            var value = _value.AsSpan(0, Math.Min(_valueLength, MaxValueBytes)).Trim(" \t\r\n"u8);
            _field = _valueLength > MaxValueBytes ? BodyFlag.SaysNothing
                : Ascii.EqualsIgnoreCase(value, "true"u8) ? BodyFlag.Stream
                : Ascii.EqualsIgnoreCase(value, "false"u8) ? BodyFlag.NotAStream
                : BodyFlag.SaysNothing;
        }

        _matched = 0;
        _valueLength = 0;
        _disposition = null;
        _state = State.AfterBoundary;
    }
}
