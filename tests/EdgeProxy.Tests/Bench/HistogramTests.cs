using EdgeProxy.Bench.Load;

namespace EdgeProxy.Tests.Bench;

public sealed class HistogramTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(12_345)]
    [InlineData(987_654_321)]
    public void Percentiles_OfAnEvenSpread_AreWithinOnePercent(long unit)
    {
        var histogram = new Histogram();
        for (var value = 1; value <= 10_000; value++)
        {
            histogram.Record(value * unit);
        }

        foreach (var percent in (double[])[0.01, 1, 50, 90, 99, 99.9, 100])
        {
            var exact = percent * 100 * unit;
            Assert.InRange(histogram.Percentile(percent), exact * 0.999, exact * 1.01);
        }

        Assert.Equal((10_000, 10_000 * unit), (histogram.Count, histogram.Max));
    }

    [Fact]
    public void Extremes_AreKeptInside()
    {
        var histogram = new Histogram();
        Assert.Equal(0, histogram.Percentile(50));
        histogram.Record(-5);
        histogram.Record(long.MaxValue);
        Assert.Equal(0, histogram.Percentile(50));
        Assert.Equal((1L << 44) - 1, histogram.Percentile(100));
        histogram.Clear();
        Assert.Equal((0, 0, 0), (histogram.Count, histogram.Max, histogram.Percentile(99)));
    }
}
