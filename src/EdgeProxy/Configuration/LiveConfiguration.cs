namespace EdgeProxy.Configuration;

/// <summary>
/// Brings changed files into a running proxy: when the files have changed and then stood still for one poll, so that
/// several changes in a row count as one, and only when the validator has nothing against them. A configuration that is
/// refused changes nothing.
/// </summary>
/// <remarks>
/// What cannot be used is refused only when it has stood still for <see cref="RefusalPatience"/>: a file may be half written, a folder half
/// uploaded, a Kubernetes mount between its links. Nobody is to be woken for what mends itself.
/// </remarks>
internal sealed partial class LiveConfiguration(
    ConfigurationSources sources,
    LiveFilesProvider provider,
    FileContents atStart,
    ConfigurationValidator validator,
    ConfigurationState state,
    TimeProvider time,
    ILogger<LiveConfiguration> logger)
{
    private string _judged = atStart.Fingerprint;
    private string? _pending;
    private int _stillFor;

    /// <summary>How often the files are looked at.</summary>
    public static TimeSpan PollInterval { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a change that cannot be used must have stood still before it is refused.</summary>
    public static TimeSpan RefusalPatience { get; } = 4 * PollInterval;

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
            _stillFor = 0;
        }
        else
        {
            _stillFor++;
            Judge(now);
        }
    }

    private void Judge(string fingerprint)
    {
        var contents = sources.Files.Load();
        if (contents.Fingerprint != fingerprint || sources.Files.Fingerprint() != fingerprint)
        {
            // They changed while they were read: what was read may be a mixture.
            _pending = null;
            return;
        }

        var report = Validate(contents);
        if (report.IsValid)
        {
            _judged = fingerprint;
            Apply(contents, report);
        }
        else if (_stillFor * PollInterval >= RefusalPatience)
        {
            _judged = fingerprint;
            var refusal = new ConfigurationRefusal(time.GetUtcNow(), report.Errors);
            state.Refused(refusal);
            Refused(refusal);
        }
    }

    private ConfigurationReport Validate(FileContents contents)
    {
        if (contents is { Files.Count: 0, Problems.Count: 0 })
        {
            return new() { Errors = [new("Configuration", "has no file any more")], Warnings = [], Files = [] };
        }

        try
        {
            return validator.Validate(sources.Compose(contents), contents);
        }
        catch (Exception failure)
        {
            // The validator itself stumbled. What it cannot judge must not be used.
            ValidationFailed(failure);
            return new() { Errors = [new("Configuration", $"cannot be judged: {failure.Message}")], Warnings = [], Files = contents.Files };
        }
    }

    private void Apply(FileContents contents, ConfigurationReport report)
    {
        var refusals = state.ReloadFailures;
        try
        {
            provider.Swap(contents);
        }
        catch (AggregateException failure)
        {
            // Someone who listens for the change threw; the others have heard of it.
            state.Refused(new(time.GetUtcNow(), [.. failure.InnerExceptions.Select(inner => new ConfigurationProblem("Configuration", $"is not taken over everywhere: {inner.Message}"))]));
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
    private partial void Refused(ConfigurationRefusal errors);

    [LoggerMessage(3, LogLevel.Error, "Configuration reloaded, but not taken over everywhere", EventName = "ConfigurationNotTaken")]
    private partial void NotTaken(Exception failure);

    [LoggerMessage(4, LogLevel.Warning, "Configuration: {Problem}", EventName = "ConfigurationWarning")]
    private partial void Warning(ConfigurationProblem problem);

    [LoggerMessage(5, LogLevel.Warning, "A changed configuration could not be judged", EventName = "ConfigurationNotJudged")]
    private partial void ValidationFailed(Exception failure);
}
