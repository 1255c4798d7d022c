using System.Buffers;

namespace EdgeProxy.Tests.Attempts;

/// <summary>A pool that knows who holds what: it refuses a second return, and finds out who writes into an array that was returned.</summary>
internal sealed class CountingPool : ArrayPool<byte>
{
    private const byte Poison = 0xDD;

    private readonly Lock _gate = new();
    private readonly HashSet<byte[]> _rented = new(ReferenceEqualityComparer.Instance);
    private readonly List<byte[]> _returned = [];

    public int Rents { get; private set; }

    public int HeldArrays
    {
        get
        {
            lock (_gate)
            {
                return _rented.Count;
            }
        }
    }

    public long HeldBytes { get; private set; }

    public long MostHeldBytes { get; private set; }

    public override byte[] Rent(int minimumLength)
    {
        lock (_gate)
        {
            var array = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(minimumLength, 16))];
            Rents++;
            _rented.Add(array);
            HeldBytes += array.Length;
            MostHeldBytes = Math.Max(MostHeldBytes, HeldBytes);
            return array;
        }
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        lock (_gate)
        {
            Assert.True(_rented.Remove(array), "returned twice, or never rented");
            HeldBytes -= array.Length;
            array.AsSpan().Fill(Poison);
            _returned.Add(array);
        }
    }

    /// <summary>Everything came back once, and nobody wrote into it afterwards.</summary>
    public void AssertAllReturned()
    {
        lock (_gate)
        {
            Assert.Empty(_rented);
            Assert.All(_returned, array => Assert.False(array.AsSpan().ContainsAnyExcept(Poison), "written to after its return"));
        }
    }
}
