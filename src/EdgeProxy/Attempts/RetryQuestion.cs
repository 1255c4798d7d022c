namespace EdgeProxy.Attempts;

/// <summary>All that <see cref="RetryDecision"/> asks of a failed attempt and of what is left to try.</summary>
internal readonly record struct RetryQuestion
{
    /// <summary>How the attempt failed.</summary>
    public required AttemptFault Fault { get; init; }

    /// <summary>The answer's status, or the one that the error event amounts to; 0 if there is none.</summary>
    public int Status { get; init; }

    /// <summary>The upstream's own error code; null if it gave none or was not asked yet (<see cref="RetryDecision.NeedsBody"/>).</summary>
    public string? Code { get; init; }

    /// <summary>The upstream's own error type, likewise.</summary>
    public string? Type { get; init; }

    /// <summary>The upstream's own sentence, likewise.</summary>
    public string? Message { get; init; }

    /// <summary>How long the upstream asked to be left alone, if it did.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Attempts made at this cluster, this one included.</summary>
    public required int TriesHere { get; init; }

    /// <summary>Whether this cluster has a usable destination that was not asked.</summary>
    public bool HasUntried { get; init; }

    /// <summary>Whether this cluster has a usable destination that was asked and was not silent.</summary>
    public bool MayRepeat { get; init; }

    /// <summary>Whether another cluster is left to ask.</summary>
    public bool HasFallback { get; init; }

    /// <summary>Whether the request body can be sent once more.</summary>
    public bool CanReplay { get; init; }

    /// <summary>The time left for a first event (<c>Timeouts:FirstEvent</c>).</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>The backoff drawn for the next attempt (<see cref="Backoff"/>).</summary>
    public required TimeSpan Pause { get; init; }
}
