using EdgeProxy.Protocol;

namespace EdgeProxy.Detection;

/// <summary>
/// Searches a JSON body for its top-level <c>"stream"</c>: <c>true</c> is a stream, <c>false</c> is not, and any other value says
/// nothing, unless <c>"stream_format": "sse"</c> (OpenAI's speech) stands beside it. A root that is no object says nothing.
/// </summary>
/// <remarks>
/// <para>
/// Of several members with one name the last counts, as in <c>JSON.parse</c> and every common backend. So an early <c>"stream": true</c>
/// decides nothing yet: the object is decided at its closing brace, and a body is held back to there, which costs no more than the
/// backend's own wait for the whole body. Bodies too long for that are decided late, while they flow. What follows the root object is not
/// looked at.
/// </para>
/// <para>Escaped names and values count (<c>"str\u0065am"</c>). The first fault of grammar ends the search: malformed.</para>
/// </remarks>
internal sealed class JsonStreamFlagScanner : IBodyFlagScanner
{
    private JsonScanner _scanner;
    private Member _member;
    private bool? _stream;
    private bool _formatIsSse;
    private bool _empty = true;
    private BodyFlag _verdict;

    private enum Member : byte
    {
        Other,
        Stream,
        StreamFormat,
    }

    public BodyFlag Scan(ReadOnlySpan<byte> newBytes)
    {
        _empty &= newBytes.IsEmpty;
        var position = 0;
        while (_verdict == BodyFlag.Undecided && _scanner.TryRead(newBytes, ref position))
        {
            _verdict = _scanner.Depth switch
            {
                0 => AtRoot(),
                1 => AtMember(),
                _ => BodyFlag.Undecided,
            };
        }

        if (_verdict == BodyFlag.Undecided && _scanner.IsMalformed)
        {
            _verdict = BodyFlag.Malformed;
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

    private BodyFlag AtRoot() => _scanner.TokenType switch
    {
        JsonTokenType.StartObject => BodyFlag.Undecided,
        JsonTokenType.EndObject when _stream is { } stream => stream ? BodyFlag.Stream : BodyFlag.NotAStream,
        JsonTokenType.EndObject when _formatIsSse => BodyFlag.Stream,
        _ => BodyFlag.SaysNothing,
    };

    private BodyFlag AtMember()
    {
        var token = _scanner.TokenType;
        if (token == JsonTokenType.PropertyName)
        {
            // Longer names are truncated to more than either of these.
            _member = _scanner.Value.SequenceEqual("stream"u8) ? Member.Stream
                : _scanner.Value.SequenceEqual("stream_format"u8) ? Member.StreamFormat
                : Member.Other;
        }
        else if (_member == Member.Stream)
        {
            _stream = token switch
            {
                JsonTokenType.True => true,
                JsonTokenType.False => false,
                _ => null,
            };
        }
        else if (_member == Member.StreamFormat)
        {
            _formatIsSse = token == JsonTokenType.String && _scanner.Value.SequenceEqual("sse"u8);
        }

        return BodyFlag.Undecided;
    }
}
