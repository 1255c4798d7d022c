using System.Buffers;

namespace EdgeProxy.Attempts;

/// <summary>
/// What is kept of a request body, in pooled pieces that double from 4 KB to 64 KB. Not thread-safe: <see cref="ReplayBody"/> guards it.
/// </summary>
internal sealed class ReplayRecord(ArrayPool<byte> pool)
{
    internal const int MinSegmentBytes = 4 * 1024;
    internal const int MaxSegmentBytes = 64 * 1024;

    private ReplaySegment? _first;
    private ReplaySegment? _last;

    /// <summary>How many bytes of the body have come, those that were given back included.</summary>
    public long Length { get; private set; }

    /// <summary>What is kept. Valid until something is given back.</summary>
    public ReadOnlySequence<byte> Bytes =>
        _last is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_first!, 0, _last, _last.Filled);

    /// <summary>The piece that the next bytes go to, with room for at least one.</summary>
    /// <param name="expected">How many more bytes are announced, at most; null if that is not known.</param>
    public ReplaySegment Grow(long? expected)
    {
        if (_last is { Free.IsEmpty: false })
        {
            return _last;
        }

        // One byte more than announced: the end is seen without another piece.
        var size = Math.Clamp(Length, MinSegmentBytes, MaxSegmentBytes);
        size = expected is { } left ? Math.Clamp(left + 1, 1, size) : size;
        var segment = new ReplaySegment(pool.Rent((int)size), Length);
        _last?.Append(segment);
        _first ??= segment;
        return _last = segment;
    }

    /// <summary>Takes over bytes that were written to the piece of <see cref="Grow"/>.</summary>
    public void Commit(int count)
    {
        _last!.Commit(count);
        Length += count;
    }

    /// <summary>Copies what <paramref name="reader"/> has not read yet, as far as it fits, and moves the reader on.</summary>
    public int Read(ReplayReader reader, Span<byte> buffer)
    {
        var copied = 0;
        var segment = reader.Segment ?? _first;
        while (segment is not null && copied < buffer.Length)
        {
            var unread = segment.Memory.Span[(int)(reader.Consumed - segment.RunningIndex)..];
            var count = Math.Min(unread.Length, buffer.Length - copied);
            unread[..count].CopyTo(buffer[copied..]);
            copied += count;
            reader.Advance(segment, count);
            segment = reader.Consumed == segment.End ? segment.Following : segment;
        }

        return copied;
    }

    /// <summary>Gives back what <paramref name="reader"/> has read, or all if there is no reader.</summary>
    /// <param name="reader">The only reader left.</param>
    /// <param name="pinned">The piece that the source is being read into; it stays.</param>
    /// <returns>Whether bytes of the body are gone.</returns>
    public bool Drop(ReplayReader? reader, ReplaySegment? pinned)
    {
        var dropped = false;
        while (_first is { } segment && segment != pinned && (reader is null || reader.Consumed >= segment.End))
        {
            _first = segment.Following;
            _last = _first is null ? null : _last;
            reader?.Forget(segment);
            dropped |= segment.Filled > 0;
            segment.Return(pool);
        }

        return dropped;
    }
}
