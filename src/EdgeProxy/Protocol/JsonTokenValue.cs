using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace EdgeProxy.Protocol;

/// <summary>
/// The first <see cref="Capacity"/> bytes of a string or number, as UTF-8. Surrogate escapes are joined here, because the two
/// halves of a pair may arrive in different reads; a half that stays alone becomes U+FFFD, as in every UTF-8 encoder.
/// </summary>
internal struct JsonTokenValue
{
    /// <summary>How many bytes are kept.</summary>
    public const int Capacity = 64;

    private Bytes _bytes;
    private byte _length;
    private bool _isTruncated;
    private char _highSurrogate;

    public readonly bool IsTruncated => _isTruncated;

    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Span => ((ReadOnlySpan<byte>)_bytes)[.._length];

    public void Clear()
    {
        _length = 0;
        _isTruncated = false;
        _highSurrogate = '\0';
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_highSurrogate != '\0' && !bytes.IsEmpty)
        {
            EndSurrogate();
        }

        Store(bytes);
    }

    public void Append(byte value)
    {
        EndSurrogate();
        Store([value]);
    }

    /// <summary>Takes one UTF-16 code unit of a <c>\u</c> escape.</summary>
    public void AppendEscaped(char unit)
    {
        if (_highSurrogate != '\0' && char.IsLowSurrogate(unit))
        {
            Store(new Rune(_highSurrogate, unit));
            _highSurrogate = '\0';
            return;
        }

        EndSurrogate();
        if (char.IsHighSurrogate(unit))
        {
            _highSurrogate = unit;
        }
        else
        {
            Store(char.IsLowSurrogate(unit) ? Rune.ReplacementChar : new Rune(unit));
        }
    }

    /// <summary>Says that the string has ended, or that no escape follows.</summary>
    public void EndSurrogate()
    {
        if (_highSurrogate != '\0')
        {
            _highSurrogate = '\0';
            Store(Rune.ReplacementChar);
        }
    }

    private void Store(Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        Store(utf8[..rune.EncodeToUtf8(utf8)]);
    }

    private void Store(ReadOnlySpan<byte> bytes)
    {
        var free = Capacity - _length;
        if (bytes.Length > free)
        {
            _isTruncated = true;
            bytes = bytes[..free];
        }

        bytes.CopyTo(((Span<byte>)_bytes)[_length..]);
        _length += (byte)bytes.Length;
    }

    [InlineArray(Capacity)]
    private struct Bytes
    {
        private byte _first;
    }
}
