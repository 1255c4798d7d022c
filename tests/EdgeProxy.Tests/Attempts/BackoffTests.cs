using EdgeProxy.Attempts;
using EdgeProxy.Configuration;

namespace EdgeProxy.Tests.Attempts;

public sealed class BackoffTests
{
    private const double AlmostOne = 0.9999999999999999;

    [Theory]
    // The window opens at Backoff and doubles from there.
    [InlineData(500, 8000, 1, 0, 500)]
    [InlineData(500, 8000, 1, 0.5, 750)]
    [InlineData(500, 8000, 1, AlmostOne, 1000)]
    [InlineData(500, 8000, 2, 0, 500)]
    [InlineData(500, 8000, 2, 0.5, 1250)]
    [InlineData(500, 8000, 3, AlmostOne, 4000)]
    // MaxBackoff closes it.
    [InlineData(500, 8000, 4, AlmostOne, 8000)]
    [InlineData(500, 8000, 5, 0, 500)]
    [InlineData(500, 8000, 5, AlmostOne, 8000)]
    [InlineData(500, 700, 1, AlmostOne, 700)]
    [InlineData(500, 500, 3, 0.5, 500)]
    // The longest pause allowed is the longest there is, also where Backoff is longer.
    [InlineData(500, 10, 1, 0, 10)]
    [InlineData(500, 10, 9, AlmostOne, 10)]
    // The bounds of the options, and attempts beyond any count.
    [InlineData(10, 3_600_000, int.MaxValue, AlmostOne, 3_600_000)]
    [InlineData(10, 3_600_000, 63, 0, 10)]
    [InlineData(3_600_000, 3_600_000, 64, AlmostOne, 3_600_000)]
    [InlineData(500, 8000, 0, AlmostOne, 1000)]
    [InlineData(500, 8000, int.MinValue, AlmostOne, 1000)]
    public void Pause_Random_SpansTheWindow(int backoff, int maxBackoff, int retry, double random, double expected) =>
        Assert.Equal(expected, Backoff.Pause(retry, Options(backoff, maxBackoff), random).TotalMilliseconds, 0.001);

    [Fact]
    public void Pause_AnyRetry_IsWithinItsWindow()
    {
        var random = new Random(7);
        var options = Options(500, 8000);
        for (var retry = 1; retry <= 200; retry++)
        {
            var pause = Backoff.Pause(retry, options, random.NextDouble()).TotalMilliseconds;

            Assert.InRange(pause, 500, Math.Min(8000, 500 * Math.Pow(2, retry)));
        }
    }

    private static AttemptOptions Options(int backoff, int maxBackoff) => new()
    {
        Backoff = TimeSpan.FromMilliseconds(backoff),
        MaxBackoff = TimeSpan.FromMilliseconds(maxBackoff),
    };
}
