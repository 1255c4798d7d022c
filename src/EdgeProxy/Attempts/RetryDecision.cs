using EdgeProxy.Configuration;
using EdgeProxy.Protocol;

namespace EdgeProxy.Attempts;

/// <summary>
/// Decides what follows a failed attempt of which nothing was forwarded. The rules stand in the order in which they are asked, so
/// that the reason given is the true one: a body that cannot be replayed is named only where there would have been another attempt.
/// </summary>
internal static class RetryDecision
{
    private const int BadRequest = 400;
    private const int TooManyRequests = 429;
    private const int ServiceUnavailable = 503;

    /// <summary>Anthropic's "overloaded" (docs.claude.com, API errors), which is what others call 503.</summary>
    private const int Overloaded = 529;

    /// <summary>Decides. A <see cref="RetryStep.NextCluster"/> is always at once: the next cluster had no part in this one's failure.</summary>
    public static RetryVerdict Decide(in RetryQuestion question, AttemptOptions options)
    {
        var wish = Wish(in question, options);
        if (wish.Step == RetryStep.Stop)
        {
            return wish;
        }

        return question.Remaining <= TimeSpan.Zero ? Stop(RetryReason.OutOfTime)
            : question.CanReplay ? wish
            : Stop(RetryReason.BodyNotReplayable);
    }

    /// <summary>
    /// Whether the body of an answer with this status must be read before <see cref="Decide"/> is asked, because what it says can change the verdict:
    /// too long a context is worth a fallback, and a refused content must not be tried again where 400 is among the <c>RetryStatuses</c>.
    /// </summary>
    public static bool NeedsBody(int status, bool hasFallback, AttemptOptions options) =>
        status == BadRequest && (hasFallback || IsRetryStatus(status, options));

    /// <summary>What would be done if there were time left and the body could be sent again.</summary>
    private static RetryVerdict Wish(in RetryQuestion question, AttemptOptions options)
    {
        var kind = Classify(in question, options);
        if (kind == RetryReason.ContextLength)
        {
            return question.HasFallback ? new(RetryStep.NextCluster, TimeSpan.Zero, kind) : Stop(RetryReason.NotRetryable);
        }

        if (kind != RetryReason.Retryable)
        {
            return Stop(kind);
        }

        if (question.Fault == AttemptFault.NoDestination)
        {
            return MoveOn(in question, RetryReason.NoDestinationLeft);
        }

        if (question.TriesHere >= options.Max)
        {
            return MoveOn(in question, RetryReason.AttemptsUsedUp);
        }

        if (!question.HasUntried && !question.MayRepeat)
        {
            return MoveOn(in question, RetryReason.NoDestinationLeft);
        }

        // A rate limit belongs to the account, so it holds at the cluster's other destinations too; any other wish to be left alone is one destination's own.
        var isRateLimit = question.Status == TooManyRequests;
        var retryAfter = isRateLimit || !question.HasUntried ? question.RetryAfter : null;
        if (retryAfter > options.MaxRetryAfter)
        {
            return MoveOn(in question, RetryReason.RetryAfterTooLong);
        }

        var mustPause = !question.HasUntried || (isRateLimit && retryAfter is null);
        var delay = mustPause ? question.Pause : TimeSpan.Zero;
        delay = retryAfter > delay ? retryAfter.Value : delay;
        return delay >= question.Remaining
            ? MoveOn(in question, RetryReason.OutOfTime)
            : new(RetryStep.SameCluster, delay, RetryReason.Retryable);
    }

    /// <summary>What kind of failure it is: retryable, not, or one of the two that have rules of their own.</summary>
    private static RetryReason Classify(in RetryQuestion question, AttemptOptions options)
    {
        switch (question.Fault)
        {
            case AttemptFault.Unreachable or AttemptFault.Reset or AttemptFault.Silent or AttemptFault.NoDestination:
                return RetryReason.Retryable;
            case AttemptFault.Status or AttemptFault.ErrorEvent:
                break;
            default:
                return RetryReason.NotRetryable;
        }

        if (UpstreamErrorWords.IsContentPolicy(question.Code, question.Type))
        {
            return RetryReason.ContentPolicy;
        }

        if (question.Status == BadRequest && UpstreamErrorWords.IsContextLength(question.Code, question.Type, question.Message))
        {
            return RetryReason.ContextLength;
        }

        // An error as the first event is worth another attempt in itself; only a status that blames the request says otherwise.
        var isRetryable = IsRetryStatus(question.Status, options)
            || (question.Fault == AttemptFault.ErrorEvent && question.Status is < 400 or >= 500);
        return isRetryable ? RetryReason.Retryable : RetryReason.NotRetryable;
    }

    private static bool IsRetryStatus(int status, AttemptOptions options) =>
        options.RetryStatuses.Contains(status) || (status == Overloaded && options.RetryStatuses.Contains(ServiceUnavailable));

    private static RetryVerdict MoveOn(in RetryQuestion question, RetryReason reason) =>
        question.HasFallback ? new(RetryStep.NextCluster, TimeSpan.Zero, reason) : Stop(reason);

    private static RetryVerdict Stop(RetryReason reason) => new(RetryStep.Stop, TimeSpan.Zero, reason);
}
