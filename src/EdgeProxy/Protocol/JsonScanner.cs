using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace EdgeProxy.Protocol;

/// <summary>
/// Splits JSON text (RFC 8259) into tokens while it arrives, cut anywhere, without allocating and without reading a byte
/// twice: <see cref="System.Text.Json.Utf8JsonReader"/> cannot go on inside a token, so that a long string in small reads
/// costs it quadratic time. <c>default</c> is ready to use.
/// </summary>
/// <remarks>
/// A leading UTF-8 byte order mark is skipped. At most <see cref="MaxDepth"/> containers may be open. Bytes above 0x7F in a
/// string are taken as they come; whether they are UTF-8 is not checked. Duplicate names are the caller's matter.
/// A mutable struct: keep it in a field or pass it by reference.
/// </remarks>
internal partial struct JsonScanner
{
    /// <summary>How many containers may be open; one more is malformed.</summary>
    public const int MaxDepth = 512;

    private JsonTokenValue _value;
    private Nesting _objects;
    private short _depth;
    private char _escape;
    private State _state;
    private JsonNumberGrammar _number;
    private byte _progress;
    private bool _isName;
    private JsonTokenType _token;
    private JsonTokenType _literal;

    /// <summary>What the byte at hand may be.</summary>
    private enum State : byte
    {
        Start,
        Mark,
        Value,
        ValueOrEnd,
        Name,
        NameOrEnd,
        Colon,
        CommaOrEnd,
        Complete,
        Malformed,
        String,
        Escape,
        UnicodeEscape,
        Number,
        Literal,
    }

    /// <summary>The token just read; <see cref="JsonTokenType.None"/> after <see cref="TryRead"/> gave <c>false</c>.</summary>
    public readonly JsonTokenType TokenType => _token;

    /// <summary>
    /// How many containers stand open around the token: 0 for the root value itself, 1 for a member of the root object.
    /// The start and the end of a container carry the depth of the container itself.
    /// </summary>
    public readonly int Depth => _token is JsonTokenType.StartObject or JsonTokenType.StartArray ? _depth - 1 : _depth;

    /// <summary>
    /// The first 64 bytes of a name or string (unescaped, UTF-8; the last code point may be cut) or of a number's text; else
    /// empty. Valid until the next <see cref="TryRead"/>.
    /// </summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Value => HasValue ? _value.Span : default;

    /// <summary>Whether the name, string or number was longer than <see cref="Value"/>.</summary>
    public readonly bool IsValueTruncated => HasValue && _value.IsTruncated;

    /// <summary>Whether the text is not JSON. Nothing more is read then, until <see cref="Reset"/>.</summary>
    public readonly bool IsMalformed => _state == State.Malformed;

    /// <summary>
    /// Whether the root value has ended and nothing but whitespace came after it. A number as the root value ends at the
    /// whitespace after it.
    /// </summary>
    public readonly bool IsComplete => _state == State.Complete;

    private readonly bool HasValue => _token is JsonTokenType.PropertyName or JsonTokenType.String or JsonTokenType.Number;

    /// <summary>
    /// Reads the next token and moves <paramref name="position"/> past what was consumed.
    /// </summary>
    /// <returns>
    /// <c>false</c>: the input is used up (go on with the next bytes, from 0), which is also so when nothing but whitespace
    /// follows the root value (<see cref="IsComplete"/>); or the text is malformed (<see cref="IsMalformed"/>, and
    /// <paramref name="position"/> stands at the byte that cannot be).
    /// </returns>
    public bool TryRead(ReadOnlySpan<byte> input, ref int position)
    {
        _token = JsonTokenType.None;
        while ((uint)position < (uint)input.Length)
        {
            if (_state < State.String ? ReadStructure(input[position++]) : ReadScalar(input, ref position))
            {
                return true;
            }

            if (_state == State.Malformed)
            {
                position--;
                return false;
            }
        }

        return false;
    }

    /// <summary>Makes the scanner ready for another text.</summary>
    public void Reset() => this = default;

    private bool ReadStructure(byte next)
    {
        if (next is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' && _state != State.Mark)
        {
            // A byte order mark is one only at the very start.
            _state = _state == State.Start ? State.Value : _state;
            return false;
        }

        switch (_state)
        {
            case State.Value:
                return BeginValue(next);
            case State.ValueOrEnd:
                return next == (byte)']' ? EndContainer(JsonTokenType.EndArray) : BeginValue(next);
            case State.Name or State.NameOrEnd:
                return next == (byte)'"' ? BeginString(isName: true)
                    : next == (byte)'}' && _state == State.NameOrEnd ? EndContainer(JsonTokenType.EndObject)
                    : Fail();
            case State.Colon:
                return next == (byte)':' ? Expect(State.Value) : Fail();
            case State.CommaOrEnd:
                return next == (byte)',' ? Expect(IsInObject() ? State.Name : State.Value)
                    : next == (byte)'}' && IsInObject() ? EndContainer(JsonTokenType.EndObject)
                    : next == (byte)']' && !IsInObject() ? EndContainer(JsonTokenType.EndArray)
                    : Fail();
            case State.Start:
                return next == 0xEF ? ExpectMark(0xBB) : BeginValue(next);
            case State.Mark when next == _progress:
                return next == 0xBB ? ExpectMark(0xBF) : Expect(State.Value);
            default:
                return Fail();
        }
    }

    private bool Expect(State next)
    {
        _state = next;
        return false;
    }

    private bool ExpectMark(byte next)
    {
        _progress = next;
        return Expect(State.Mark);
    }

    private bool BeginValue(byte next) => next switch
    {
        (byte)'"' => BeginString(isName: false),
        (byte)'{' => BeginContainer(JsonTokenType.StartObject, State.NameOrEnd),
        (byte)'[' => BeginContainer(JsonTokenType.StartArray, State.ValueOrEnd),
        (byte)'t' => BeginLiteral(JsonTokenType.True),
        (byte)'f' => BeginLiteral(JsonTokenType.False),
        (byte)'n' => BeginLiteral(JsonTokenType.Null),
        (byte)'-' or (>= (byte)'0' and <= (byte)'9') => BeginNumber(next),
        _ => Fail(),
    };

    private bool BeginContainer(JsonTokenType token, State inside)
    {
        if (_depth == MaxDepth)
        {
            return Fail();
        }

        var bit = 1UL << (_depth & 63);
        ref var word = ref _objects[_depth >> 6];
        word = token == JsonTokenType.StartObject ? word | bit : word & ~bit;
        _depth++;
        _state = inside;
        _token = token;
        return true;
    }

    private bool EndContainer(JsonTokenType token)
    {
        _depth--;
        return EndValue(token);
    }

    private bool EndValue(JsonTokenType token)
    {
        _state = _depth == 0 ? State.Complete : State.CommaOrEnd;
        _token = token;
        return true;
    }

    private readonly bool IsInObject() => (_objects[(_depth - 1) >> 6] >> ((_depth - 1) & 63) & 1) != 0;

    private bool Fail()
    {
        _state = State.Malformed;
        return false;
    }

    /// <summary>One bit for each open container: set for an object.</summary>
    [InlineArray(MaxDepth / 64)]
    private struct Nesting
    {
        private ulong _first;
    }
}
