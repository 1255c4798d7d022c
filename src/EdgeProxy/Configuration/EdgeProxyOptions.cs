namespace EdgeProxy.Configuration;

/// <summary>What EdgeProxy does with the routes' streams, and how the process itself behaves.</summary>
internal sealed class EdgeProxyOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "EdgeProxy";

    /// <summary>
    /// The stream policies by name, which routes refer to with <c>Metadata: { "StreamPolicy": "name" }</c>; names are compared
    /// without regard to case. <c>Default</c> exists always and serves the routes that name none; <c>Off</c> is plain YARP
    /// and cannot be defined. A policy takes nothing from <c>Default</c>: a key that it leaves out has its own default.
    /// Default: none. Reloads; streams in flight keep the policy they began with.
    /// </summary>
    public IReadOnlyDictionary<string, StreamPolicyOptions> StreamPolicies { get; init; } =
        new Dictionary<string, StreamPolicyOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>How the process stops.</summary>
    public DrainOptions Drain { get; init; } = new();

    /// <summary>The admin listener.</summary>
    public AdminOptions Admin { get; init; } = new();

    /// <summary>Where the events of resumable streams are kept.</summary>
    [NotYetEffective]
    public ResumeStoreOptions Resume { get; init; } = new();

    /// <summary>
    /// What carries the connections of clients and to destinations. <c>Auto</c>: EdgeProxy's own event loops where the system has epoll, which is
    /// Linux. <c>Sockets</c>: the framework's sockets everywhere. Default: <c>Auto</c>. Read at start.
    /// </summary>
    public TransportKind Transport { get; init; } = TransportKind.Auto;

    /// <summary>Reads the section from a configuration that the validator has judged: what is wrong in it was reported there, and has its default here.</summary>
    public static EdgeProxyOptions Read(IConfiguration configuration) => new SectionReader(new ProblemList()).Read<EdgeProxyOptions>(configuration.GetSection(Section));

    /// <summary>
    /// The policy of that name under the name it was defined with; the built-in defaults for a <c>Default</c> that is not
    /// defined; null when there is none.
    /// </summary>
    public (string Name, StreamPolicyOptions Options)? FindPolicy(string name)
    {
        foreach (var (defined, options) in StreamPolicies)
        {
            if (defined.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return (defined, options);
            }
        }

        return name.Equals(PolicyNames.Default, StringComparison.OrdinalIgnoreCase) ? (PolicyNames.Default, new StreamPolicyOptions()) : null;
    }
}

/// <summary>How the process stops: the section <c>EdgeProxy:Drain</c>.</summary>
internal sealed class DrainOptions
{
    /// <summary>
    /// How long running streams may go on after SIGTERM; those that are left then are ended with <c>edge_draining</c>. Give the process 10 s more
    /// than this before it is killed. Default: 5 minutes. Bounds: 0 to 1 day. Read when the process stops.
    /// </summary>
    [DurationRange("00:00:00", "1.00:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>The admin listener: the section <c>EdgeProxy:Admin</c>.</summary>
internal sealed class AdminOptions
{
    /// <summary>
    /// The address it listens on: an absolute http or https URL without a path; port 0 for any free one. Default: <c>http://127.0.0.1:9901</c>, and if that
    /// is taken the proxy runs without admin listener; an address that is set must be free. Read at start.
    /// </summary>
    public Uri Url { get; init; } = new("http://127.0.0.1:9901");
}

/// <summary>Where the events of resumable streams are kept: the section <c>EdgeProxy:Resume</c>.</summary>
internal sealed class ResumeStoreOptions
{
    /// <summary>The store. Default: <c>Memory</c>, which other instances do not see. Read at start.</summary>
    public ResumeStore Store { get; init; } = ResumeStore.Memory;

    /// <summary>The connection string of a shared store. Default: null. Read at start.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>How many bytes of events the embedded store keeps in all. Default: 268435456 (256 MiB). Bounds: 1024 to 1099511627776. Read at start.</summary>
    [CountRange(1024, 1_099_511_627_776)]
    public long MaxTotalBytes { get; init; } = 268_435_456;
}

/// <summary>The stores of resumable streams.</summary>
internal enum ResumeStore
{
    /// <summary>In this process.</summary>
    Memory,

    /// <summary>PostgreSQL, shared by all instances.</summary>
    Postgres,
}

/// <summary>What carries connections.</summary>
internal enum TransportKind
{
    /// <summary>Event loops over epoll where the system has it, else the framework's sockets.</summary>
    Auto,

    /// <summary>The framework's sockets.</summary>
    Sockets,
}
