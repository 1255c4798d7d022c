using EdgeProxy.Streaming;
using EdgeProxy.Tests.Attempts;

namespace EdgeProxy.Tests.Streaming;

/// <summary>What is not given back, shows.</summary>
public sealed class CountedPoolTests
{
    [Fact]
    public void Rented_IsWhatIsOut()
    {
        var inner = new CountingPool();
        var pool = new CountedPool(inner);

        var first = pool.Rent(10);
        var second = pool.Rent(5000);
        Assert.True(second.Length >= 5000);
        Assert.Equal((2, 2), (pool.Rented, inner.HeldArrays));

        pool.Return(first);
        Assert.Equal((1, 1), (pool.Rented, inner.HeldArrays));
        pool.Return(second);
        Assert.Equal(0, pool.Rented);
        inner.AssertAllReturned();
    }

    [Fact]
    public void Rented_FromManyThreads_IsExact()
    {
        var pool = new CountedPool(new CountingPool());

        Parallel.For(0, 2000, i =>
        {
            var buffer = pool.Rent(64);
            if (i % 2 == 0)
            {
                pool.Return(buffer);
            }
        });

        Assert.Equal(1000, pool.Rented);
    }

    [Fact]
    public void RentThatFails_IsNotCounted()
    {
        var pool = new CountedPool(System.Buffers.ArrayPool<byte>.Shared);

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(-1));

        Assert.Equal(0, pool.Rented);
    }
}
