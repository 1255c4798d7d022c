using EdgeProxy.Configuration;
using EdgeProxy.Detection;
using EdgeProxy.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>
/// One request's attempts: where it stands in the order of clusters, who was asked, whose answer won. What follows a failure is not
/// decided here but by <see cref="RetryDecision"/>, which is asked with what is known here.
/// </summary>
/// <remarks>The attempts of a hedge run at the same time: the first to call <see cref="TryWin"/> gets the client.</remarks>
internal sealed class AttemptPlan : IDisposable
{
    private readonly DestinationSelector _selector;
    private readonly BreakerBoard _breakers;
    private readonly AttemptStages _stages;
    private readonly Lock _attemptsLock = new();
    private readonly List<Attempt> _attempts = [];
    private readonly bool _hasBody;
    private readonly ReplayBody? _body;
    private Attempt? _winner;
    private AttemptStage _stage;

    /// <summary>Makes the plan; the request's body is recorded from here on where another attempt may need it.</summary>
    public AttemptPlan(AttemptJob job, AttemptStages stages, DestinationSelector selector, BreakerBoard breakers, TimeProvider timeProvider)
    {
        Job = job;
        TimeProvider = timeProvider;
        _selector = selector;
        _breakers = breakers;
        _stages = stages;
        _stage = stages.First;
        var request = job.Client.Request;
        _hasBody = job.Client.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;
        if (_hasBody && (Options.Max > 1 || Options.Fallbacks.Count > 0 || Options.HedgeAfter is not null))
        {
            _body = new ReplayBody(request.Body, request.ContentLength, Options.ReplayBufferBytes, job.Client.RequestAborted);
        }
    }

    /// <summary>The request.</summary>
    public AttemptJob Job { get; }

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

    private bool CanReplay => !_hasBody || _body is { CanReplay: true } or { IsStartKept: true };

    /// <summary>Whom the next attempt may ask: destinations not yet asked, where there are such.</summary>
    public AttemptTarget Next()
    {
        var target = Select(_stage);
        while (target.Candidates.Count == 0 && CanReplay && _stages.After(_stage) is { } next)
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
        if (Winner is not null || !IsAnyUndecided() || (_hasBody && _body is not { IsComplete: true }))
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
        if (target.Stage.Model is { } model
            && _body is not null
            && await _body.CompleteAsync(Job.Expired)
            && ModelRewriter.TryRewrite(_body.Recorded, BodyFormat.Of(Job.Client.Request), model, out var body))
        {
            target = target with { Body = body };
        }

        var attempt = new Attempt(this, target);
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

        _body?.Release();
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
        var verdict = Decide(attempt, result.Fault ?? AttemptFault.Reset, result.ToFailure());
        attempt.Verdict = verdict;
        LastFailed = attempt;
        if (verdict.Step == RetryStep.NextCluster)
        {
            _stage = _stages.After(_stage)!;
        }

        return verdict;
    }

    /// <summary>The request as the attempt sends it; null: as the client does.</summary>
    public AttemptRequest? OpenBody(AttemptTarget target)
    {
        var client = Job.Client.Features.GetRequiredFeature<IHttpRequestFeature>();
        return _body is null ? null
            : target.Body is { } rewritten ? new AttemptRequest(client, rewritten.OpenReader(_body.OpenReader()), rewritten.Length)
            : new AttemptRequest(client, _body.OpenReader(), contentLength: null);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var attempt in _attempts)
        {
            attempt.Dispose();
        }

        _body?.Dispose();
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
                CanReplay = CanReplay,
                Remaining = Job.Sink.UntilFirstEventDeadline,
                Pause = Backoff.Pause(tries, Options, attempt.Jitter),
            },
            Options);
    }

    private AttemptTarget Select(AttemptStage stage)
    {
        var (tried, silent) = Asked(stage);
        var selection = _selector.Select(stage.Cluster, stage.Model, tried, silent, CanReplay && _stages.After(stage) is not null);
        return new AttemptTarget(stage, selection.Candidates, selection.Probe, Body: null);
    }

    private DestinationOutlook Outlook(AttemptStage stage)
    {
        var (tried, silent) = Asked(stage);
        return _selector.Peek(stage.Cluster, stage.Model, tried, silent, CanReplay && _stages.After(stage) is not null);
    }

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
