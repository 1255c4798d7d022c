using System.Diagnostics;
using System.Text;
using EdgeProxy.Protocol;

namespace EdgeProxy.Detection;

/// <summary>
/// Takes a multipart form (RFC 2046 5.1, RFC 7578) apart while it arrives, cut anywhere, and hands on what stands in the fields of one
/// name. Whatever follows the closing boundary is not looked at.
/// </summary>
/// <remarks>
/// Lines end in CR LF, as every backend's own parser asks; anything else in the boundary lines or part headers is malformed. Files are
/// skipped with one vectorised search for the boundary. Held between calls: one header line, at most 16 KB.
/// </remarks>
internal abstract class MultipartFieldScanner
{
    /// <summary>What the headers of one part may take, line ends included; beyond it the form is malformed.</summary>
    internal const int MaxPartHeaderBytes = 16 * 1024;

    private readonly byte[] _delimiter;
    private readonly byte[] _fieldName;
    private byte[] _line = [];
    private int _lineLength;
    private int _headerBytes;
    private int _matched;
    private long _position;
    private long _contentStart;
    private State _state;
    private PartDisposition? _disposition;

    /// <param name="boundary">Of the <c>Content-Type</c> header, unquoted: printable ASCII.</param>
    /// <param name="fieldName">The name of the fields that are looked for.</param>
    protected MultipartFieldScanner(string boundary, string fieldName)
    {
        Debug.Assert(boundary.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0);
        _delimiter = Encoding.ASCII.GetBytes($"\r\n--{boundary}");
        _fieldName = Encoding.UTF8.GetBytes(fieldName);

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

        /// <summary>After the closing boundary.</summary>
        Closed,

        /// <summary>At what no form has.</summary>
        Malformed,
    }

    /// <summary>Whether the closing boundary has come.</summary>
    protected bool IsClosed => _state == State.Closed;

    /// <summary>Whether this is no form.</summary>
    protected bool IsMalformed => _state == State.Malformed;

    /// <summary>Looks at the next bytes of the form.</summary>
    protected void Read(ReadOnlySpan<byte> newBytes)
    {
        while (!newBytes.IsEmpty && _state < State.Closed)
        {
            var used = _state switch
            {
                State.Content => ScanContent(newBytes),
                State.Header => ScanHeader(newBytes),
                _ => ScanLineByte(newBytes[0]),
            };
            newBytes = newBytes[used..];
            _position += used;
        }
    }

    /// <summary>The next bytes of a field's value.</summary>
    protected virtual void OnValue(ReadOnlySpan<byte> bytes)
    {
    }

    /// <summary>A field's value has ended.</summary>
    /// <param name="value">Where it stands in the form.</param>
    protected abstract void OnValueEnd(ByteRange value);

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
                EndContent(_position + common);
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
            EndContent(_position + found + _delimiter.Length);
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
        var state = (_state, next) switch
        {
            (State.AfterBoundary, (byte)'-') => State.Closing,
            (State.AfterBoundary or State.Padding, (byte)' ' or (byte)'\t') => State.Padding,
            (State.AfterBoundary or State.Padding, (byte)'\r') => State.BoundaryLineFeed,
            (State.BoundaryLineFeed or State.HeaderLineFeed, (byte)'\n') => State.Header,
            (State.Closing, (byte)'-') => State.Closed,
            _ => State.Malformed,
        };

        if (_state == State.HeaderLineFeed && state == State.Header)
        {
            EndHeaderLine();
        }
        else
        {
            _state = state;
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
            _state = State.Malformed;
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
            _contentStart = _position + 1;
            return;
        }

        _state = State.Header;
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
        {
            _state = State.Malformed;
        }
        else if (Ascii.EqualsIgnoreCase(line[..colon], "Content-Disposition"u8))
        {
            // A second one leaves open which of them the backend takes.
            _disposition = _disposition is null ? PartDispositionParser.Parse(line[(colon + 1)..], _fieldName) : PartDisposition.Malformed;
            if (_disposition == PartDisposition.Malformed)
            {
                _state = State.Malformed;
            }
        }
    }

    private void Capture(ReadOnlySpan<byte> content)
    {
        if (_disposition == PartDisposition.NamedField)
        {
            OnValue(content);
        }
    }

    private void EndContent(long delimiterEnd)
    {
        if (_disposition == PartDisposition.NamedField)
        {
            OnValueEnd(new ByteRange(_contentStart, delimiterEnd - _delimiter.Length - _contentStart));
        }

        _matched = 0;
        _disposition = null;
        _state = State.AfterBoundary;
    }
}
