using EdgeProxy.Protocol;

namespace EdgeProxy.Attempts;

/// <summary>What came of one request's attempts.</summary>
internal sealed class AttemptLoopResult(AttemptPlan plan, StreamFailure? failure)
{
    private readonly AttemptResult? _last = plan.Last?.Result;

    /// <summary>The failure that the client is to be told, with the number of attempts; null if there is none.</summary>
    public StreamFailure? Failure { get; } = failure is null ? null : failure with { Attempts = plan.Count };

    /// <summary>How many destinations were asked.</summary>
    public int Attempts { get; } = plan.Count;

    /// <summary>Why there was no further attempt after the last failure, in a word; null if none failed.</summary>
    public string? StoppedBy { get; } = plan.Last?.VerdictWord;

    /// <summary>Whether the backend's own answer, not an event stream, went to the client.</summary>
    public bool IsPassedThrough { get; init; } = plan.Winner?.Result?.Answer == UpstreamAnswer.PassedThrough;

    /// <summary>The destination whose answer or failure was the last; null if none was asked.</summary>
    public string? Destination => _last?.Destination;

    /// <summary>The last status of an upstream; 502 and the like where there was none.</summary>
    public int Status => _last?.Status ?? 0;

    /// <summary>The status that an upstream really answered with last; null if none did.</summary>
    public int? UpstreamStatus => _last?.UpstreamStatus;
}
