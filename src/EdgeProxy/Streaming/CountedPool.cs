using System.Buffers;

namespace EdgeProxy.Streaming;

/// <summary>The pool of all buffers that EdgeProxy's own code holds for more than a call, which knows how many are out: what is not given back, shows.</summary>
/// <param name="inner">The pool that the buffers come from.</param>
internal sealed class CountedPool(ArrayPool<byte> inner) : ArrayPool<byte>
{
    private long _rented;

    /// <summary>The process's own.</summary>
    public static new CountedPool Shared { get; } = new(ArrayPool<byte>.Shared);

    /// <summary>How many buffers are held now.</summary>
    public long Rented => Interlocked.Read(ref _rented);

    /// <inheritdoc/>
    public override byte[] Rent(int minimumLength)
    {
        var buffer = inner.Rent(minimumLength);
        Interlocked.Increment(ref _rented);
        return buffer;
    }

    /// <inheritdoc/>
    public override void Return(byte[] array, bool clearArray = false)
    {
        inner.Return(array, clearArray);
        Interlocked.Decrement(ref _rented);
    }
}
