using System.Text;
using EdgeProxy.Protocol;

namespace EdgeProxy.Detection;

/// <summary>
/// Searches a multipart form for the field <c>stream</c>: <c>true</c> is a stream, <c>false</c> is not, letter case and surrounding
/// white space do not matter, any other value says nothing. As in JSON the last of several wins, so the form is decided at its closing
/// boundary. Of a value 16 bytes are held between calls.
/// </summary>
/// <param name="boundary">Of the <c>Content-Type</c> header, unquoted: printable ASCII.</param>
internal sealed class MultipartStreamFlagScanner(string boundary) : MultipartFieldScanner(boundary, "stream"), IBodyFlagScanner
{
    private const int MaxValueBytes = 16;

    private readonly byte[] _value = new byte[MaxValueBytes];
    private int _valueLength;
    private BodyFlag _field = BodyFlag.SaysNothing;
    private bool _isEmpty = true;
    private bool _hasEnded;

    private BodyFlag Verdict =>
        IsClosed ? _field
        : IsMalformed ? BodyFlag.Malformed
        : !_hasEnded ? BodyFlag.Undecided
        : _isEmpty ? BodyFlag.SaysNothing
        : BodyFlag.Malformed;

    public BodyFlag Scan(ReadOnlySpan<byte> newBytes)
    {
        if (!_hasEnded)
        {
            _isEmpty &= newBytes.IsEmpty;
            Read(newBytes);
        }

        return Verdict;
    }

    public BodyFlag Complete()
    {
        _hasEnded = true;
        return Verdict;
    }

    protected override void OnValue(ReadOnlySpan<byte> bytes)
    {
        var room = _value.AsSpan(Math.Min(_valueLength, MaxValueBytes));
        var kept = bytes[..Math.Min(bytes.Length, room.Length)];
        kept.CopyTo(room);
        _valueLength = bytes.Length > kept.Length ? MaxValueBytes + 1 : _valueLength + kept.Length;
    }

    protected override void OnValueEnd(ByteRange value)
    {
        var text = _value.AsSpan(0, Math.Min(_valueLength, MaxValueBytes)).Trim(" \t\r\n"u8);
        _field = _valueLength > MaxValueBytes ? BodyFlag.SaysNothing
            : Ascii.EqualsIgnoreCase(text, "true"u8) ? BodyFlag.Stream
            : Ascii.EqualsIgnoreCase(text, "false"u8) ? BodyFlag.NotAStream
            : BodyFlag.SaysNothing;
        _valueLength = 0;
    }
}
