namespace EdgeProxy.Streaming;

/// <summary>The bytes of an unfinished event, in a pooled buffer that is rented only while there are any.</summary>
internal struct HeldBytes
{
    // Most events are smaller; a larger one doubles the buffer as it comes.
    private const int FirstRent = 4096;

    private byte[]? _buffer;

    /// <summary>How many bytes are held.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes held.</summary>
    public readonly ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Count);

    /// <summary>The bytes held, valid until the next change.</summary>
    public readonly ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Count);

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        if (_buffer is null || _buffer.Length - Count < bytes.Length)
        {
            Grow(Count + bytes.Length);
        }

        bytes.CopyTo(_buffer.AsSpan(Count));
        Count += bytes.Length;
    }

    /// <summary>Lets go of all bytes and of the buffer.</summary>
    public void Clear()
    {
        Count = 0;
        if (_buffer is { } buffer)
        {
            _buffer = null;
            CountedPool.Shared.Return(buffer);
        }
    }

    private void Grow(int needed)
    {
        var larger = CountedPool.Shared.Rent(Math.Max(needed, Math.Max(FirstRent, Count * 2)));
        Span.CopyTo(larger);
        if (_buffer is { } buffer)
        {
            CountedPool.Shared.Return(buffer);
        }

        _buffer = larger;
    }
}
