namespace EdgeProxy.Configuration;

/// <summary>
/// Polls the configuration files from start to stop. Polling sees what file notifications miss: bind mounts, network folders,
/// swapped links.
/// </summary>
internal sealed partial class ConfigurationWatcher(LiveConfiguration configuration, TimeProvider time, ILogger<ConfigurationWatcher> logger) : IHostedService, IDisposable
{
    private ITimer? _timer;
    private int _isPolling;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => Poll(), null, LiveConfiguration.PollInterval, LiveConfiguration.PollInterval);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private void Poll()
    {
        // A slow disk must not make polls pile up.
        if (Interlocked.Exchange(ref _isPolling, 1) == 1)
        {
            return;
        }

        try
        {
            configuration.Poll();
        }
        catch (Exception failure)
        {
            // A fault here must not end the process.
            PollFailed(failure);
        }
        finally
        {
            Volatile.Write(ref _isPolling, 0);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The configuration files could not be looked at", EventName = "ConfigurationPollFailed")]
    private partial void PollFailed(Exception failure);
}
