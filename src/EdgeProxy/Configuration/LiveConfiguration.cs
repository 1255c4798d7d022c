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
internal sealed partial class LiveConfiguration
{
    private readonly ConfigurationSources _sources;
    private readonly LiveFilesProvider _provider;
    private readonly ConfigurationValidator _validator;
    private readonly IConfigurationRule[] _rules;
    private readonly ConfigurationState _state;
    private readonly TimeProvider _time;
    private readonly ILogger<LiveConfiguration> _logger;
    private IReadOnlyList<string> _beside;
    private string _judged;
    private string? _pending;
    private int _stillFor;

    /// <summary>Takes note of what the files are like at the start.</summary>
    public LiveConfiguration(
        ConfigurationSources sources,
        LiveFilesProvider provider,
        FileContents atStart,
        ConfigurationValidator validator,
        IEnumerable<IConfigurationRule> rules,
        ConfigurationState state,
        TimeProvider time,
        ILogger<LiveConfiguration> logger)
    {
        (_sources, _provider, _validator, _rules, _state, _time, _logger) = (sources, provider, validator, [.. rules], state, time, logger);
        _beside = FilesBeside(sources.Compose(atStart));
        _judged = Join(atStart.Fingerprint, _beside);
    }

    /// <summary>How often the files are looked at.</summary>
    public static TimeSpan PollInterval { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a change that cannot be used must have stood still before it is refused.</summary>
    public static TimeSpan RefusalPatience { get; } = 4 * PollInterval;

    /// <summary>Looks at the files once. Not to be called by two threads at a time.</summary>
    public void Poll()
    {
        var now = Fingerprint();
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
        var contents = _sources.Files.Load();
        var candidate = _sources.Compose(contents);

        // Those of before too: should this one be refused, they are still in use.
        IReadOnlyList<string> beside = [.. FilesBeside(candidate).Union(_beside)];
        var judged = Join(contents.Fingerprint, beside);
        var report = Validate(candidate, contents);
        if (Fingerprint() != fingerprint)
        {
            // They changed while they were read: what was read may be a mixture.
            _pending = null;
        }
        else if (report.IsValid)
        {
            (_judged, _beside, _pending) = (judged, beside, null);
            Apply(candidate, contents, report);
        }
        else if (_stillFor * PollInterval >= RefusalPatience)
        {
            (_judged, _beside, _pending) = (judged, beside, null);
            Refuse(report.Errors);
        }
    }

    private ConfigurationReport Validate(IConfiguration candidate, FileContents contents)
    {
        if (contents is { Files.Count: 0, Problems.Count: 0 })
        {
            return Unusable("has no file any more");
        }

        try
        {
            return _validator.Validate(candidate, contents);
        }
        catch (Exception failure)
        {
            // What the validator itself stumbles over must not be used.
            return Unusable($"cannot be judged: {failure.Message}");
        }

        ConfigurationReport Unusable(string why) => new() { Errors = [new("Configuration", why)], Warnings = [], Files = contents.Files };
    }

    private void Apply(IConfiguration candidate, FileContents contents, ConfigurationReport report)
    {
        try
        {
            foreach (var rule in _rules)
            {
                rule.Prepare(candidate);
            }
        }
        catch (Exception failure)
        {
            Refuse([new("Configuration", $"cannot be used: {failure.Message}")]);
            return;
        }

        var refusals = _state.ReloadFailures;
        try
        {
            _provider.Swap(contents);
        }
        catch (AggregateException failure)
        {
            // Someone who listens for the change threw; the others have heard of it.
            _state.Refused(new(_time.GetUtcNow(), [.. failure.InnerExceptions.Select(inner => new ConfigurationProblem("Configuration", $"is not taken over everywhere: {inner.Message}"))]));
            NotTaken(failure);
        }

        if (_state.ReloadFailures == refusals)
        {
            Reloaded(report.Summary);
        }

        foreach (var warning in report.Warnings)
        {
            Warning(warning);
        }
    }

    private void Refuse(IReadOnlyList<ConfigurationProblem> problems)
    {
        var refusal = new ConfigurationRefusal(_time.GetUtcNow(), problems);
        _state.Refused(refusal);
        Refused(refusal);
    }

    private string Fingerprint() => Join(_sources.Files.Fingerprint(), _beside);

    private IReadOnlyList<string> FilesBeside(IConfiguration configuration) => [.. _rules.SelectMany(rule => rule.FilesBeside(configuration)).Distinct().Order(StringComparer.Ordinal)];

    private static string Join(string files, IReadOnlyList<string> beside) => string.Concat(beside.Select(file => $"{FileFingerprint.Of(file)}\n").Prepend(files));

    [LoggerMessage(1, LogLevel.Information, "Configuration reloaded: {Summary}", EventName = "ConfigurationReloaded")]
    private partial void Reloaded(string summary);

    [LoggerMessage(2, LogLevel.Error, "Configuration refused, the last good one stays in use: {Errors}", EventName = "ConfigurationRefused")]
    private partial void Refused(ConfigurationRefusal errors);

    [LoggerMessage(3, LogLevel.Error, "Configuration reloaded, but not taken over everywhere", EventName = "ConfigurationNotTaken")]
    private partial void NotTaken(Exception failure);

    [LoggerMessage(4, LogLevel.Warning, "Configuration: {Problem}", EventName = "ConfigurationWarning")]
    private partial void Warning(ConfigurationProblem problem);
}
