using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace EdgeProxy.Protocol.Dialects;

/// <summary>
/// The JSON of the last event that was read token by token, and where in it strings and numbers stand that no dialect looks at. An event
/// that differs from it in those alone has the same tokens in all that matters, so it tells what the last one told and need not be
/// read: the chunks of an answer differ in a word, mostly.
/// </summary>
internal sealed class EventTemplate
{
    // Of the recorded streams' chunks the most are below 400 bytes and have up to seven values that nobody looks at.
    private const int MaxBytes = 1024;
    private const int MaxHoles = 16;

    // What ends a JSON string or cannot stand in it as it is: RFC 8259 section 7.
    private static readonly SearchValues<byte> NotPlain = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(static control => (byte)control)]);

    // What some dialect looks at, wherever it stands; the values of all other names are nobody's.
    private static readonly string[] Heeded =
        ["error", "type", "usage", "choices", "index", "finish_reason", "candidates", "finishReason", "promptFeedback", "blockReason", "sequence_number", "jsonrpc"];

    private JsonTokenValue _name;
    private readonly byte[] _json = new byte[MaxBytes];
    private int _lastEnd;
    private bool _isNobodys;
    private int _length;
    private Holes _holes;
    private int _count;

    /// <summary>Whether an event of this name and JSON says the same as the template in all that a dialect looks at.</summary>
    public bool Matches(ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) =>
        _length > 0 && name.SequenceEqual(_name.Span) && Matches(json);

    /// <summary>Begins anew with an event; <see cref="OnToken"/> follows for its tokens.</summary>
    public void Begin(in JsonTokenValue name, ReadOnlySpan<byte> json)
    {
        (_count, _length, _lastEnd, _isNobodys) = (0, 0, 0, false);
        if (json.Length <= MaxBytes && !name.IsTruncated)
        {
            _name = name;
            json.CopyTo(_json);
            _length = json.Length;
        }
    }

    /// <summary>Sees each token of the event's JSON, which ends at this position of it.</summary>
    public void OnToken(in JsonScanner json, int position)
    {
        if (_length == 0)
        {
            return;
        }

        if (_isNobodys && _count < MaxHoles)
        {
            AddHole(json.TokenType, position);
        }

        _isNobodys = json.TokenType == JsonTokenType.PropertyName && !json.IsValueTruncated && !IsHeeded(json.Value);
        _lastEnd = position;
    }

    /// <summary>The event was not what a later one may be compared with.</summary>
    public void Forget() => _length = 0;

    /// <summary>The value behind a name that nobody heeds ends here.</summary>
    private void AddHole(JsonTokenType type, int end)
    {
        var value = _json.AsSpan(_lastEnd, end - _lastEnd);
        if (type == JsonTokenType.String)
        {
            var start = value.IndexOf((byte)'"') + 1;
            if (value[start..^1].IndexOfAny(NotPlain) < 0)
            {
                _holes[_count++] = new(_lastEnd + start, end - 1, IsNumber: false);
            }
        }
        else if (type == JsonTokenType.Number)
        {
            var start = value.IndexOfAnyInRange((byte)'0', (byte)'9');
            if (value[start..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0)
            {
                _holes[_count++] = new(_lastEnd + start, end, IsNumber: true);
            }
        }
    }

    private static bool IsHeeded(ReadOnlySpan<byte> name)
    {
        foreach (var heeded in Heeded)
        {
            if (Ascii.Equals(name, heeded))
            {
                return true;
            }
        }

        return false;
    }

    private bool Matches(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> rest = _json.AsSpan(0, _length);
        var at = 0;
        for (var hole = 0; ; hole++)
        {
            var same = rest.CommonPrefixLength(json);
            if (same == rest.Length)
            {
                return same == json.Length;
            }

            at += same;
            while (hole < _count && _holes[hole].End < at)
            {
                hole++;
            }

            if (hole == _count || _holes[hole].Start > at)
            {
                return false;
            }

            var differing = _holes[hole];
            var valueSoFar = at - differing.Start;
            var more = differing.IsNumber
                ? Digits(json, same, valueSoFar)
                : Plain(json[same..]);
            if (more < 0)
            {
                return false;
            }

            rest = rest[(same + differing.End - at)..];
            json = json[(same + more)..];
            at = differing.End;
        }
    }

    /// <summary>How many bytes there are up to the end of a string without escapes; -1 if it has some or does not end.</summary>
    private static int Plain(ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAny(NotPlain);
        return end >= 0 && rest[end] == (byte)'"' ? end : -1;
    }

    /// <summary>How many more digits a number has; -1 if it is none or has a zero in front.</summary>
    private static int Digits(ReadOnlySpan<byte> json, int at, int soFar)
    {
        var more = json[at..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return more < 0 || soFar + more == 0 || (json[at - soFar] == (byte)'0' && soFar + more > 1) ? -1 : more;
    }

    private readonly record struct Hole(int Start, int End, bool IsNumber);

    [InlineArray(MaxHoles)]
    private struct Holes
    {
        private Hole _first;
    }
}
