using EdgeProxy.Configuration;
using EdgeProxy.Protocol;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>
/// One request's attempts: where it stands in the order of clusters, who was asked, whose answer won. What follows a failure is not
/// decided here but by <see cref="RetryDecision"/>, which is asked with what is known here.
/// </summary>
/// <remarks>The attempts of a hedge run at the same time: the first to call <see cref="TryWin"/> gets the client.</remarks>
internal sealed class AttemptPlan : IAsyncDisposable
{
    private readonly DestinationSelector _selector;
    private readonly BreakerBoard _breakers;
    private readonly AttemptStages _stages;
    private readonly Lock _attemptsLock = new();
    private readonly List<Attempt> _attempts = [];
    private readonly AttemptBody _body;
    private Attempt? _winner;
    private AttemptStage _stage;

    /// <summary>Makes the plan; the request's body is recorded from here on where another attempt may need it.</summary>
    public AttemptPlan(AttemptJob job, AttemptStages stages, DestinationSelector selector, BreakerBoard breakers, TimeProvider timeProvider, CancellationToken ended)
    {
        Job = job;
        Ended = ended;
        TimeProvider = timeProvider;
        _selector = selector;
        _breakers = breakers;
        _stages = stages;
        _stage = stages.First;
        _body = new AttemptBody(job.Client, Options);
    }

    /// <summary>The request.</summary>
    public AttemptJob Job { get; }

    /// <summary>Ends all attempts: the client or the stream's time is gone.</summary>
    public CancellationToken Ended { get; }

    /// <summary>The time of all its limits.</summary>
    public TimeProvider TimeProvider { get; }

    /// <summary>The attempt whose answer the client gets; null while there is none.</summary>
    public Attempt? Winner => Volatile.Read(ref _winner);

    /// <summary>The attempt that failed last; null while there is none.</summary>
    public Attempt? LastFailed { get; private set; }

    /// <summary>The attempt that the client's end is told of: the winner, or the last one that failed or was cut short.</summary>
    public Attempt? Last => Winner ?? LastFailed ?? (Snapshot() is [.., var last] ? last : null);

    /// <summary>How many destinations were asked.</summary>
    public int Count => Snapshot().Count(attempt => attempt.Destination is not null);

    /// <summary>Whether there is a cluster to go to after the one at hand.</summary>
    public bool HasFallback => _stages.After(_stage) is not null;

    private AttemptOptions Options => Job.Policy.Attempts;

    /// <summary>Whom the next attempt may ask: destinations not yet asked, where there are such.</summary>
    public AttemptTarget Next()
    {
        var target = Select(_stage);
        while (target.Candidates.Count == 0 && _body.CanReplay && _stages.After(_stage) is { } next)
        {
            _stage = next;
            target = Select(next);
        }

        return target;
    }

    /// <summary>
    /// Whom an attempt beside the one that is under way may ask: a destination that was not asked, of this cluster or else of the next
    /// fallback; null if there is none, if the body is not all here yet, or if nothing is under way any more.
    /// </summary>
    public AttemptTarget? Hedge()
    {
        if (Winner is not null || !IsAnyUndecided() || !_body.IsWhole)
        {
            return null;
        }

        var stage = Outlook(_stage).HasUntried ? _stage : _stages.After(_stage);
        var target = stage is null ? null : Select(stage);
        return target is { Candidates.Count: > 0 } ? target : null;
    }

    /// <summary>Makes an attempt.</summary>
    public async ValueTask<Attempt> BeginAsync(AttemptTarget target)
    {
        var rewritten = await _body.RewriteAsync(target.Stage.Model, Job.Expired);
        var attempt = new Attempt(this, target, _body.Open(rewritten));
        lock (_attemptsLock)
        {
            _attempts.Add(attempt);
        }

        attempt.Start();
        return attempt;
    }

    /// <summary>Claims the client for an attempt's answer; the others are ended. False if another was faster.</summary>
    public bool TryWin(Attempt attempt)
    {
        if (Interlocked.CompareExchange(ref _winner, attempt, null) is not null)
        {
            return false;
        }

        foreach (var other in Snapshot())
        {
            if (other != attempt)
            {
                other.End(AttemptEnd.Lost);
            }
        }

        _body.Release(attempt.Request);
        return true;
    }

    /// <summary>An attempt gave its first event: its destination is well, however long the stream will be.</summary>
    public void OnFirstEvent(Attempt attempt)
    {
        attempt.FirstEventAfter = TimeProvider.GetElapsedTime(attempt.BeganAt);
        if (attempt.Destination is { } destination)
        {
            _breakers.Answered(attempt.Target.Stage.Cluster, destination, attempt.Model, attempt.BeganAt);
        }
    }

    /// <summary>Whether a failure of this attempt is not the last word: another one is under way, or would follow.</summary>
    public bool MayGoOn(Attempt attempt, AttemptFault fault, StreamFailure? failure)
    {
        attempt.Verdict = Decide(attempt, fault, failure);
        return attempt.Verdict.Value.Step != RetryStep.Stop || IsAnyUndecided(except: attempt);
    }

    /// <summary>Takes note of a failure and says what follows. The next attempt is made where the verdict points to.</summary>
    public RetryVerdict AfterFailure(Attempt attempt)
    {
        var result = attempt.Result!;
        var (fault, failure) = (result.Fault ?? AttemptFault.Reset, result.ToFailure());
        var verdict = Decide(attempt, fault, failure);
        if (verdict.Step == RetryStep.NextCluster)
        {
            if (_stages.After(_stage) is { } next)
            {
                _stage = next;
            }
            else
            {
                // A reload has just removed the cluster that the verdict counted on.
                verdict = Decide(attempt, fault, failure);
            }
        }

        attempt.Verdict = verdict;
        LastFailed = attempt;
        return verdict;
    }

    /// <summary>Completes when all attempts have ended.</summary>
    public Task CompletionAsync() => Task.WhenAll(Snapshot().Select(attempt => attempt.CompletionAsync()));

    /// <summary>All attempts so far, in their order.</summary>
    public IReadOnlyList<Attempt> Snapshot()
    {
        lock (_attemptsLock)
        {
            return [.. _attempts];
        }
    }

    /// <summary>Which attempt of the request it is: 1 for the first.</summary>
    public int NumberOf(Attempt attempt)
    {
        lock (_attemptsLock)
        {
            return _attempts.IndexOf(attempt) + 1;
        }
    }

    /// <summary>Gives all back. The attempts must have ended; a read of the client's body that one has left behind is waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var attempt in _attempts)
        {
            attempt.Dispose();
        }

        await _body.DisposeAsync();
    }

    private bool IsAnyUndecided(Attempt? except = null) => Snapshot().Any(attempt => attempt != except && attempt.Result is null);

    private RetryVerdict Decide(Attempt attempt, AttemptFault fault, StreamFailure? failure)
    {
        var outlook = Outlook(_stage);
        var tries = Snapshot().Count(tried => tried.Target.Stage == _stage);
        return RetryDecision.Decide(
            new RetryQuestion
            {
                Fault = fault,
                Status = failure?.Status ?? 0,
                Code = failure?.Code,
                Type = failure?.Type,
                Message = failure?.Message,
                RetryAfter = failure?.RetryAfter,
                TriesHere = tries,
                HasUntried = outlook.HasUntried,
                MayRepeat = outlook.MayRepeat,
                HasFallback = HasFallback,
                CanReplay = _body.CanReplay,
                Remaining = Job.Sink.UntilFirstEventDeadline,
                Pause = Backoff.Pause(tries, Options, attempt.Jitter),
            },
            Options);
    }

    private AttemptTarget Select(AttemptStage stage)
    {
        var (tried, silent) = Asked(stage);
        var selection = _selector.Select(stage.Cluster, stage.Model, tried, silent, HasElsewhere(stage));
        return new AttemptTarget(stage, selection.Candidates, selection.Probe);
    }

    private DestinationOutlook Outlook(AttemptStage stage)
    {
        var (tried, silent) = Asked(stage);
        return _selector.Peek(stage.Cluster, stage.Model, tried, silent, HasElsewhere(stage));
    }

    private bool HasElsewhere(AttemptStage stage) => _body.CanReplay && _stages.After(stage) is not null;

    private (List<DestinationState> Tried, List<DestinationState> Silent) Asked(AttemptStage stage)
    {
        List<DestinationState> tried = [];
        List<DestinationState> silent = [];
        foreach (var attempt in Snapshot())
        {
            if (attempt.Destination is { } destination && attempt.Target.Stage == stage)
            {
                tried.Add(destination);
                if (attempt.WasSilent)
                {
                    silent.Add(destination);
                }
            }
        }

        return (tried, silent);
    }
}
