namespace EdgeProxy.TestKit;

/// <summary>How long a test waits in real time for what must come. A bound on failure only: nothing is timed by it.</summary>
internal static class Patience
{
    /// <summary>30 s.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>A token that is cancelled when patience ends.</summary>
    public static CancellationToken Token() => new CancellationTokenSource(Limit, TimeProvider.System).Token;

    /// <summary>Waits for a condition that another thread brings about.</summary>
    /// <exception cref="TimeoutException">It did not come.</exception>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Limit)
            {
                throw new TimeoutException($"Never came: {what}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }
}
