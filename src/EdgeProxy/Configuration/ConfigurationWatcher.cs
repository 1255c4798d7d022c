namespace EdgeProxy.Configuration;

/// <summary>Polls the configuration files. Polling sees what file notifications miss: bind mounts, network folders, swapped links.</summary>
internal sealed partial class ConfigurationWatcher(LiveConfiguration configuration, TimeProvider time, ILogger<ConfigurationWatcher> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LiveConfiguration.PollInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Poll();
            }
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }

    private void Poll()
    {
        try
        {
            configuration.Poll();
        }
        catch (Exception failure)
        {
            // A fault here must not end the watch, still less the process.
            PollFailed(failure);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The configuration files could not be looked at", EventName = "ConfigurationPollFailed")]
    private partial void PollFailed(Exception failure);
}
