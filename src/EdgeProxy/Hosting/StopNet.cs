using EdgeProxy.Streaming;

namespace EdgeProxy.Hosting;

/// <summary>
/// The net under the stop. <see cref="IHost.StopAsync"/> awaits what nobody bounds: Kestrel's accept loops, and its lock around binding, which a deadlock of
/// its certificate watcher once held for ever. Whoever told the process to stop must not have to kill it.
/// </summary>
internal sealed partial class StopNet(RunningRequests requests, StreamRegistry streams, TimeProvider time, ILogger<StopNet> logger)
{
    /// <summary>
    /// How long the stop may take after the drain gave up: the server aborts the connections that are left (1 s), what is left to export is sent (3 s),
    /// the admin listener closes. With <see cref="DrainService.Margin"/> it is less than the 10 s over <c>Drain:Timeout</c> after which operators kill.
    /// </summary>
    public static readonly TimeSpan AfterGivingUp = TimeSpan.FromSeconds(4.5);

    /// <summary>
    /// How long the stop may take after the last request, while there is time: the end of an answer, up to 64 KB, lies in the server's buffers when its
    /// request has ended, and a slow client must get it whole.
    /// </summary>
    public static readonly TimeSpan AfterTheLastRequest = TimeSpan.FromSeconds(30);

    // Console and exporter; the time to be gone is near.
    private static readonly TimeSpan FlushLimit = TimeSpan.FromMilliseconds(400);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for the stop as long as it makes sense.</summary>
    /// <param name="stop">The stop of the host.</param>
    /// <param name="gaveUp">Cancelled when connections that are left are no longer waited for.</param>
    /// <returns>Whether the host has stopped; if not, disposing it would hang as well.</returns>
    /// <exception cref="Exception">What the stop failed with.</exception>
    public async Task<bool> WaitAsync(Task stop, CancellationToken gaveUp)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        var (idleSince, gaveUpSince) = (time.GetTimestamp(), (long?)null);
        while (!stop.IsCompleted)
        {
            if (requests.Count > 0)
            {
                idleSince = time.GetTimestamp();
            }

            if (gaveUp.IsCancellationRequested)
            {
                gaveUpSince ??= time.GetTimestamp();
            }

            if (time.GetElapsedTime(idleSince) >= AfterTheLastRequest
                || (gaveUpSince is { } since && time.GetElapsedTime(since) >= AfterGivingUp))
            {
                LogStuck(requests.Count, streams.Count);
                return false;
            }

            await Task.WhenAny(stop, timer.WaitForNextTickAsync(CancellationToken.None).AsTask());
        }

        await stop;
        return true;
    }

    /// <summary>The process's exit code when the host has not stopped: 0 if every stream has been told of its end, else 1.</summary>
    public static int ExitCode(IServiceProvider services) => services.GetRequiredService<StreamRegistry>().Count == 0 ? 0 : 1;

    /// <summary>Lets the loggers write what they hold, which a host that is not disposed would take along.</summary>
    public static async ValueTask FlushAsync(IServiceProvider services)
    {
        var flush = Task.Run(() =>
        {
            foreach (var provider in services.GetServices<ILoggerProvider>())
            {
                provider.Dispose();
            }
        });
        await flush.WaitAsync(FlushLimit, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "The server has not stopped though it had the time; {Requests} requests are left, {Streams} of them streams. The process ends without it",
        EventName = "StopStuck")]
    private partial void LogStuck(int requests, int streams);
}
