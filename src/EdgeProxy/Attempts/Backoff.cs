using EdgeProxy.Configuration;

namespace EdgeProxy.Attempts;

/// <summary>
/// The pause before another attempt: full jitter, so that clients that failed together do not come back together, over a window that
/// opens at <c>Attempts:Backoff</c>, so that no two attempts fall within the first one.
/// </summary>
internal static class Backoff
{
    /// <summary>Enough to double the shortest pause (10 ms) past the longest window (1 hour) many times over.</summary>
    private const int MaxDoublings = 40;

    /// <summary>
    /// The pause: uniform from <c>Backoff</c> to <c>Backoff</c> × 2^<paramref name="retry"/>, and never beyond <c>MaxBackoff</c>, which
    /// counts also where it is the shorter of the two.
    /// </summary>
    /// <param name="retry">Which further attempt it is for: 1 is the first. Less is taken for 1.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="random">A random number from 0 up to, not including, 1.</param>
    public static TimeSpan Pause(int retry, AttemptOptions options, double random)
    {
        double longest = options.MaxBackoff.Ticks;
        var shortest = Math.Min(options.Backoff.Ticks, longest);
        var window = Math.Min(Math.ScaleB(shortest, Math.Clamp(retry, 1, MaxDoublings)), longest);
        return TimeSpan.FromTicks((long)(shortest + ((window - shortest) * random)));
    }
}
