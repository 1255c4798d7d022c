namespace EdgeProxy.Hosting;

/// <summary>What a host is made from: the command line, and what a test puts in another's place.</summary>
internal sealed record EdgeProxyHostSettings
{
    /// <summary>The files and folders of <c>--config</c>, which are then read alone. Default: null, <c>appsettings.json</c> and <c>config/*.json</c>. An empty list reads no files.</summary>
    public IReadOnlyList<string>? ConfigPaths { get; init; }

    /// <summary>Settings by full key (<c>urls</c>, <c>EdgeProxy:StreamPolicies:chat:Detect</c>) that stand over files and environment. Default: none.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Where relative paths begin. Default: the process's working directory.</summary>
    public string WorkingDirectory { get; init; } = Environment.CurrentDirectory;

    /// <summary>Whether environment variables count. Default: true.</summary>
    public bool ReadEnvironment { get; init; } = true;

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Further services, or others in the place of the proxy's own; applied last. Default: null.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }
}
