namespace EdgeProxy.Configuration;

/// <summary>Which configuration is in use, for telemetry. Safe to read from any thread.</summary>
internal sealed class ConfigurationState
{
    private long _generation;
    private long _reloadFailures;
    private volatile string? _lastRefusal;

    /// <summary>How many configurations have been applied: 1 from the start on, one more with every reload.</summary>
    public long Generation => Interlocked.Read(ref _generation);

    /// <summary>How many changed configurations were refused: <c>edgeproxy.config.reload_failures</c>.</summary>
    public long ReloadFailures => Interlocked.Read(ref _reloadFailures);

    /// <summary>Why the last change was refused; null when it was not.</summary>
    public string? LastRefusal => _lastRefusal;

    public void Applied()
    {
        _lastRefusal = null;
        Interlocked.Increment(ref _generation);
    }

    public void Refused(string reason)
    {
        _lastRefusal = reason;
        Interlocked.Increment(ref _reloadFailures);
    }
}
