using System.Numerics;

namespace EdgeProxy.Bench.Load;

/// <summary>
/// Counts durations in log-linear buckets: 128 to each power of two, so that a percentile is off by less than 1 %. Takes 0 to 2^44 ns
/// (almost five hours), larger ones count as that; allocates nothing once it stands.
/// </summary>
internal sealed class Histogram
{
    private const int Bits = 7;
    private const int SubBuckets = 1 << Bits;
    private const int MostBits = 44;
    private const long Largest = (1L << MostBits) - 1;

    private readonly long[] _buckets = new long[(MostBits - Bits + 1) * SubBuckets];

    /// <summary>How many were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The largest, exactly; 0 when none was recorded.</summary>
    public long Max { get; private set; }

    public void Record(long nanoseconds)
    {
        var value = Math.Clamp(nanoseconds, 0, Largest);
        _buckets[Index(value)]++;
        Count++;
        Max = Math.Max(Max, value);
    }

    /// <summary>The value that the given share of all values does not exceed; 0 when none was recorded.</summary>
    /// <param name="percent">From 0 to 100.</param>
    public long Percentile(double percent)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(Count * percent / 100));
        var seen = 0L;
        for (var index = 0; index < _buckets.Length; index++)
        {
            seen += _buckets[index];
            if (seen >= rank)
            {
                return Math.Min(UpperBound(index), Max);
            }
        }

        return Max;
    }

    public void Clear()
    {
        Array.Clear(_buckets);
        Count = 0;
        Max = 0;
    }

    // Below 128 a bucket is one nanosecond wide; from there on, each power of two is one row of 128.
    private static int Index(long value)
    {
        var row = Math.Max(0, 63 - BitOperations.LeadingZeroCount((ulong)value | 1) - Bits + 1);
        return row == 0 ? (int)value : (row * SubBuckets) + (int)(value >> (row - 1)) - SubBuckets;
    }

    private static long UpperBound(int index)
    {
        var row = index / SubBuckets;
        return row == 0 ? index : ((index % SubBuckets) + SubBuckets + 1L << (row - 1)) - 1;
    }
}
