namespace EdgeProxy.Configuration;

/// <summary>
/// Brings changed files into a running proxy: when the files have changed and then stood still for one poll, so that
/// several changes in a row count as one, and only when the validator has nothing against them. A configuration that is
/// refused changes nothing.
/// </summary>
internal sealed partial class LiveConfiguration(
    ConfigurationSources sources,
    LiveFilesProvider provider,
    FileContents atStart,
    ConfigurationValidator validator,
    ConfigurationState state,
    ILogger<LiveConfiguration> logger)
{
    private string _judged = atStart.Fingerprint;
    private string? _pending;

    /// <summary>How often the files are looked at.</summary>
    public static TimeSpan PollInterval { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks at the files once. Not to be called by two threads at a time.</summary>
    public void Poll()
    {
        var now = sources.Files.Fingerprint();
        if (now == _judged)
        {
            _pending = null;
        }
        else if (now != _pending)
        {
            _pending = now;
        }
        else
        {
            _pending = null;
            Reload();
        }
    }

    private void Reload()
    {
        var contents = sources.Files.Load();
        _judged = contents.Fingerprint;
        var report = validator.Validate(sources.Compose(contents), contents);
        if (!report.IsValid)
        {
            var errors = string.Join(" | ", report.Errors);
            state.Refused(errors);
            Refused(errors);
            return;
        }

        var refusals = state.ReloadFailures;
        try
        {
            provider.Swap(contents);
        }
        catch (AggregateException failure)
        {
            // Someone who listens for the change threw; the others have heard of it.
            state.Refused(failure.Message);
            NotTaken(failure);
        }

        if (state.ReloadFailures == refusals)
        {
            Reloaded(report.Summary);
        }

        foreach (var warning in report.Warnings)
        {
            Warning(warning);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Configuration reloaded: {Summary}", EventName = "ConfigurationReloaded")]
    private partial void Reloaded(string summary);

    [LoggerMessage(2, LogLevel.Error, "Configuration refused, the last good one stays in use: {Errors}", EventName = "ConfigurationRefused")]
    private partial void Refused(string errors);

    [LoggerMessage(3, LogLevel.Error, "Configuration reloaded, but not taken over everywhere", EventName = "ConfigurationNotTaken")]
    private partial void NotTaken(Exception failure);

    [LoggerMessage(4, LogLevel.Warning, "Configuration: {Problem}", EventName = "ConfigurationWarning")]
    private partial void Warning(ConfigurationProblem problem);
}
