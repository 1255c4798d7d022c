using EdgeProxy.Streaming;

namespace EdgeProxy.Upstream;

/// <summary>A growing buffer of rented memory, filled at the end and emptied at the front. Holds none while it is empty and released.</summary>
internal struct ByteBuffer
{
    private byte[]? _bytes;
    private int _start;
    private int _end;

    /// <summary>What is in it.</summary>
    public readonly Span<byte> Written => _bytes.AsSpan(_start, _end - _start);

    /// <summary>What is in it.</summary>
    public readonly Memory<byte> WrittenMemory => _bytes.AsMemory(_start, _end - _start);

    /// <summary>How many bytes are in it.</summary>
    public readonly int Length => _end - _start;

    /// <summary>Room for at least so many bytes behind what is in it.</summary>
    public Span<byte> GetSpan(int least)
    {
        if (_bytes is null || _bytes.Length - _end < least)
        {
            Grow(least);
        }

        return _bytes.AsSpan(_end);
    }

    /// <summary>So many bytes of the room are filled.</summary>
    public void Advance(int count) => _end += count;

    /// <summary>Adds bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Takes bytes off the front.</summary>
    public void Consume(int count) => _start += count;

    /// <summary>Forgets what is in it and gives the memory back.</summary>
    public void Release()
    {
        if (_bytes is { } bytes)
        {
            _bytes = null;
            CountedPool.Shared.Return(bytes);
        }

        (_start, _end) = (0, 0);
    }

    private void Grow(int least)
    {
        // Heads are mostly below 2 KB.
        var larger = CountedPool.Shared.Rent(Math.Max(2048, Length + least));
        var length = Length;
        Written.CopyTo(larger);
        Release();
        (_bytes, _end) = (larger, length);
    }
}
