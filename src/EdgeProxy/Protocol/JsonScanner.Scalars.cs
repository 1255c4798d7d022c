using System.Buffers;

namespace EdgeProxy.Protocol;

/// <content>Strings, numbers and literals: the tokens that may arrive in several pieces.</content>
internal partial struct JsonScanner
{
    /// <summary>What a run of plain bytes in a string ends at: quote, backslash, control characters.</summary>
    private static readonly SearchValues<byte> StringStops = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(control => (byte)control), (byte)'"', (byte)'\\']);

    private bool ReadScalar(ReadOnlySpan<byte> input, ref int position) => _state switch
    {
        State.String => ReadString(input, ref position),
        State.Number => ReadNumber(input, ref position),
        State.Literal => ReadLiteral(input[position++]),
        State.Escape => ReadEscape(input[position++]),
        _ => ReadUnicodeEscape(input[position++]),
    };

    private bool BeginString(bool isName)
    {
        _value.Clear();
        _isName = isName;
        _state = State.String;
        return false;
    }

    private bool BeginNumber(byte first)
    {
        _value.Clear();
        _value.Append(first);
        _number = JsonNumberGrammar.Begin(first);
        _state = State.Number;
        return false;
    }

    private bool BeginLiteral(JsonTokenType literal)
    {
        _literal = literal;
        _progress = 1;
        _state = State.Literal;
        return false;
    }

    private bool ReadString(ReadOnlySpan<byte> input, ref int position)
    {
        var rest = input[position..];
        var run = rest.IndexOfAny(StringStops);
        if (run < 0)
        {
            _value.Append(rest);
            position = input.Length;
            return false;
        }

        _value.Append(rest[..run]);
        position += run + 1;
        switch (rest[run])
        {
            case (byte)'\\':
                _state = State.Escape;
                return false;
            case (byte)'"':
                _value.EndSurrogate();
                if (!_isName)
                {
                    return EndValue(JsonTokenType.String);
                }

                _state = State.Colon;
                _token = JsonTokenType.PropertyName;
                return true;
            default:
                return Fail();
        }
    }

    private bool ReadEscape(byte next)
    {
        if (next == (byte)'u')
        {
            _escape = '\0';
            _progress = 0;
            _state = State.UnicodeEscape;
            return false;
        }

        byte? value = next switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' => next,
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            _ => null,
        };
        if (value is not { } plain)
        {
            return Fail();
        }

        _value.Append(plain);
        _state = State.String;
        return false;
    }

    private bool ReadUnicodeEscape(byte next)
    {
        if (!char.IsAsciiHexDigit((char)next))
        {
            return Fail();
        }

        _escape = (char)((_escape << 4) | (next <= (byte)'9' ? next - '0' : (next | 0x20) - 'a' + 10));
        if (++_progress == 4)
        {
            _value.AppendEscaped(_escape);
            _state = State.String;
        }

        return false;
    }

    private bool ReadNumber(ReadOnlySpan<byte> input, ref int position)
    {
        var start = position;
        while ((uint)position < (uint)input.Length && _number.TryContinue(input[position]))
        {
            position++;
        }

        _value.Append(input[start..position]);
        if (position == input.Length)
        {
            return false;
        }

        if (_number.MayEnd)
        {
            // The byte that ended the number is not a part of it: it is judged as what follows a value.
            return EndValue(JsonTokenType.Number);
        }

        position++;
        return Fail();
    }

    private bool ReadLiteral(byte next)
    {
        var text = _literal switch
        {
            JsonTokenType.True => "true"u8,
            JsonTokenType.False => "false"u8,
            _ => "null"u8,
        };
        return next != text[_progress] ? Fail() : ++_progress == text.Length && EndValue(_literal);
    }
}
