namespace EdgeProxy.Configuration;

/// <summary>Which configuration is in use, for telemetry and the admin page. Safe to read from any thread.</summary>
internal sealed class ConfigurationState
{
    private long _generation;
    private long _reloadFailures;
    private volatile ConfigurationRefusal? _lastRefusal;

    /// <summary>How many configurations have been applied: 1 from the start on, one more with every reload.</summary>
    public long Generation => Interlocked.Read(ref _generation);

    /// <summary>How many changed configurations were refused: <c>edgeproxy.config.reload_failures</c>.</summary>
    public long ReloadFailures => Interlocked.Read(ref _reloadFailures);

    /// <summary>When and why the last change was refused; null when it was not, or since a good one came.</summary>
    public ConfigurationRefusal? LastRefusal => _lastRefusal;

    public void Applied()
    {
        _lastRefusal = null;
        Interlocked.Increment(ref _generation);
    }

    public void Refused(ConfigurationRefusal refusal)
    {
        _lastRefusal = refusal;
        Interlocked.Increment(ref _reloadFailures);
    }
}
