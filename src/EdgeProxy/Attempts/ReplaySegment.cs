using System.Buffers;

namespace EdgeProxy.Attempts;

/// <summary>One pooled piece of a recorded request body.</summary>
internal sealed class ReplaySegment : ReadOnlySequenceSegment<byte>
{
    private readonly byte[] _bytes;

    /// <param name="bytes">Of the pool; the record gives it back.</param>
    /// <param name="start">How many bytes of the body come before.</param>
    public ReplaySegment(byte[] bytes, long start)
    {
        _bytes = bytes;
        RunningIndex = start;
    }

    /// <summary>How many bytes are recorded here.</summary>
    public int Filled { get; private set; }

    /// <summary>The body's length up to here.</summary>
    public long End => RunningIndex + Filled;

    /// <summary>Where the next bytes go.</summary>
    public Memory<byte> Free => _bytes.AsMemory(Filled);

    /// <summary>The next piece.</summary>
    public ReplaySegment? Following => (ReplaySegment?)Next;

    /// <summary>Takes over bytes that were written to <see cref="Free"/>.</summary>
    public void Commit(int count)
    {
        Filled += count;
        Memory = _bytes.AsMemory(0, Filled);
    }

    /// <summary>Puts a piece behind this one, which is full.</summary>
    public void Append(ReplaySegment next) => Next = next;

    /// <summary>Gives the bytes back. A sequence that still shows them is void.</summary>
    public void Return(ArrayPool<byte> pool)
    {
        Memory = default;
        pool.Return(_bytes);
    }
}
