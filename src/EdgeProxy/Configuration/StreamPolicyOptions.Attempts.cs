using System.ComponentModel.DataAnnotations;

namespace EdgeProxy.Configuration;

/// <summary>Further attempts, and where to go then, while nothing of an answer was forwarded.</summary>
internal sealed class AttemptOptions
{
    /// <summary>Attempts per cluster, the first one included. Default: 3. Bounds: 1 to 20.</summary>
    [CountRange(1, 20)]
    public int Max { get; init; } = 3;

    /// <summary>How long one attempt may go without a first event before the next begins. Default: null, no limit of its own. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan? AttemptTimeout { get; init; }

    /// <summary>The statuses that are tried again. Default: 408, 429, 500, 502, 503, 504. Bounds: 400 to 599 each. A list that is set replaces the default; 503 stands for 529, Anthropic's overload, too.</summary>
    [CountRange(400, 599)]
    public IReadOnlyList<int> RetryStatuses { get; init; } = [408, 429, 500, 502, 503, 504];

    /// <summary>The shortest pause before another attempt; the longest it may be is double that, and doubles from there. Default: 500 ms. Bounds: 10 ms to 1 hour.</summary>
    [DurationRange("00:00:00.010", "01:00:00")]
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest such pause, also where <see cref="Backoff"/> is longer. Default: 8 s. Bounds: 10 ms to 1 hour.</summary>
    [DurationRange("00:00:00.010", "01:00:00")]
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The longest <c>Retry-After</c> that is waited for; a longer one means moving on. Default: 30 s. Bounds: 0 to 1 hour.</summary>
    [DurationRange("00:00:00", "01:00:00")]
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest request body, in bytes, that is kept for another attempt; a larger one is sent once. Default: 1048576 (1 MiB). Bounds: 0 to 268435456.</summary>
    [CountRange(0, 268_435_456)]
    public int ReplayBufferBytes { get; init; } = 1_048_576;

    /// <summary>When a second destination is asked beside a silent first one. Default: null, never. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan? HedgeAfter { get; init; }

    /// <summary>Whether plain requests are tried again by the same rules before their first response byte. Default: false.</summary>
    public bool NonStreaming { get; init; }

    /// <summary>The clusters that are asked when this one has failed, in order. Default: none.</summary>
    public IReadOnlyList<FallbackOptions> Fallbacks { get; init; } = [];
}

/// <summary>A cluster to ask when another has failed.</summary>
internal sealed class FallbackOptions
{
    /// <summary>The cluster to ask. Required.</summary>
    [Required]
    public string Cluster { get; init; } = "";

    /// <summary>What is written into the request's top-level <c>model</c>. Default: null, the request's own.</summary>
    public string? Model { get; init; }
}

/// <summary>How many streams of this policy may run at once at one cluster, and how many may wait: <c>Admission</c>. All routes with the same policy and cluster share the places.</summary>
internal sealed class AdmissionOptions
{
    /// <summary>Streams at the same time. Default: null, no limit. Bounds: 1 to 1000000. A changed limit counts for streams to come and those that wait; who runs, runs on and is counted.</summary>
    [CountRange(1, 1_000_000)]
    public int? MaxConcurrentStreams { get; init; }

    /// <summary>Streams that may wait for a place, first in, first out; one more gets a <c>503</c>. Default: 0. Bounds: 0 to 1000000.</summary>
    [CountRange(0, 1_000_000)]
    public int QueueLimit { get; init; }

    /// <summary>How long one may wait; <c>Timeouts</c> run meanwhile. Default: 1 minute. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Streams that a client may take up again with <c>Last-Event-ID</c>: <c>Resume</c>.</summary>
internal sealed class ResumeOptions
{
    /// <summary>Whether events are kept. Default: false.</summary>
    public bool Enabled { get; init; }

    /// <summary>How long a finished stream is kept. Default: 10 minutes. Bounds: 100 ms to 1 day.</summary>
    [DurationRange("00:00:00.100", "1.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the upstream is read on for a client that was lost. Default: 2 minutes. Bounds: 0 to 1 day.</summary>
    [DurationRange("00:00:00", "1.00:00:00")]
    public TimeSpan Detached { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many bytes of one stream are kept. Default: 4194304 (4 MiB). Bounds: 1024 to 1073741824.</summary>
    [CountRange(1024, 1_073_741_824)]
    public int MaxBytes { get; init; } = 4_194_304;
}
