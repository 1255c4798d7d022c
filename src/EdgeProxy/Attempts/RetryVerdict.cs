namespace EdgeProxy.Attempts;

/// <summary>What to do after a failed attempt.</summary>
/// <param name="Step">Where the next attempt goes, if there is one.</param>
/// <param name="Delay">How long to wait before it; zero unless <paramref name="Step"/> is <see cref="RetryStep.SameCluster"/>.</param>
/// <param name="Reason">Why, for log and metric.</param>
internal readonly record struct RetryVerdict(RetryStep Step, TimeSpan Delay, RetryReason Reason);

/// <summary>Where the next attempt goes.</summary>
internal enum RetryStep
{
    /// <summary>Nowhere: the failure goes to the client.</summary>
    Stop,

    /// <summary>To this cluster: a destination not asked yet, else one that was.</summary>
    SameCluster,

    /// <summary>To the next of <c>Attempts:Fallbacks</c>, at once.</summary>
    NextCluster,
}

/// <summary>Why a failed attempt is followed by another one here, elsewhere, or not at all.</summary>
internal enum RetryReason
{
    /// <summary>Another attempt may succeed where this one failed.</summary>
    Retryable,

    /// <summary>The request would fail again in the same way.</summary>
    NotRetryable,

    /// <summary>The upstream refused the content; it is not carried from one to the next until one takes it.</summary>
    ContentPolicy,

    /// <summary>The request is too long for this model; another may have room.</summary>
    ContextLength,

    /// <summary><c>Attempts:Max</c> attempts were made at this cluster.</summary>
    AttemptsUsedUp,

    /// <summary>This cluster has no destination left that may be asked.</summary>
    NoDestinationLeft,

    /// <summary>There would have been another attempt, but the request body is gone.</summary>
    BodyNotReplayable,

    /// <summary>The upstream asked to be left alone for longer than <c>Attempts:MaxRetryAfter</c>.</summary>
    RetryAfterTooLong,

    /// <summary>The next attempt could not begin before <c>Timeouts:FirstEvent</c> has passed.</summary>
    OutOfTime,
}
