using EdgeProxy.Configuration;
using EdgeProxy.Protocol;
using EdgeProxy.Telemetry;
using Microsoft.AspNetCore.Http;
using Polly;
using Polly.Hedging;
using Polly.Retry;
using Polly.Timeout;
using Yarp.ReverseProxy;

namespace EdgeProxy.Attempts;

/// <summary>
/// Asks backends until one answers: Polly waits, times and repeats, <see cref="RetryDecision"/> says whether and where, and the
/// answer that wins goes to the client as it comes.
/// </summary>
internal sealed class AttemptLoop
{
    private static readonly ResiliencePropertyKey<AttemptPlan> PlanKey = new("plan");

    private readonly IProxyStateLookup _clusters;
    private readonly DestinationSelector _selector;
    private readonly BreakerBoard _breakers;
    private readonly StreamMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly ResiliencePipeline<Attempt> _untimed;
    private readonly ResiliencePipeline<Attempt> _timed;
    private readonly ResiliencePipeline<Attempt> _hedged;

    /// <summary>Makes the loop; all requests share it.</summary>
    public AttemptLoop(IProxyStateLookup clusters, DestinationSelector selector, BreakerBoard breakers, StreamMetrics metrics, TimeProvider timeProvider)
    {
        _clusters = clusters;
        _selector = selector;
        _breakers = breakers;
        _metrics = metrics;
        _timeProvider = timeProvider;
        _untimed = Retrying().Build();
        _timed = Retrying().AddTimeout(AttemptTimeout()).Build();
        _hedged = Retrying().AddHedging(Hedging()).AddTimeout(AttemptTimeout()).Build();
    }

    /// <summary>
    /// Runs the request to its end: until an answer was relayed, or nobody is left to be asked, or the client or the stream's time
    /// is gone. Never throws for what an upstream or the client does.
    /// </summary>
    public async Task<AttemptLoopResult> RunAsync(AttemptJob job)
    {
        var stages = new AttemptStages(job.Client.GetRouteModel(), job.Policy.Attempts.Fallbacks, _clusters);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(job.Client.RequestAborted, job.Expired);
        await using var plan = new AttemptPlan(job, stages, _selector, _breakers, _timeProvider, ended.Token);
        var context = ResilienceContextPool.Shared.Get(ended.Token);
        context.Properties.Set(PlanKey, plan);
        Outcome<Attempt> outcome;
        try
        {
            outcome = await PipelineOf(job.Policy.Attempts).ExecuteOutcomeAsync(static (context, plan) => AskAsync(context, plan, plan.Next()), context, plan);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }

        // A loser of a hedge still reads the client's request.
        await plan.CompletionAsync();
        foreach (var attempt in plan.Snapshot())
        {
            _metrics.Ended(attempt.Report());
        }

        if (outcome.Exception is { } unexpected and not OperationCanceledException)
        {
            return new AttemptLoopResult(plan, StreamFailure.Internal(unexpected));
        }

        return await ConcludeAsync(plan);
    }

    private static async ValueTask<Outcome<Attempt>> AskAsync(ResilienceContext context, AttemptPlan plan, AttemptTarget target)
    {
        var attempt = await plan.BeginAsync(target);
        await attempt.DecidedAsync(context.CancellationToken);
        return Outcome.FromResult(attempt);
    }

    /// <summary>What the client gets of the last failure: the backend's own answer while that is possible, else its words.</summary>
    private static async Task<AttemptLoopResult> ConcludeAsync(AttemptPlan plan)
    {
        var job = plan.Job;
        var last = plan.Last;
        if (last is { HasWon: false, Result: { Answer: UpstreamAnswer.Captured, IsBodyWhole: true } held }
            && !job.Expired.IsCancellationRequested
            && await job.Sink.TryPassThroughAsync(held.Status, last.HeldHeaders) is { } body)
        {
            await body.WriteAsync(held.Body);
            return new AttemptLoopResult(plan, failure: null) { IsPassedThrough = true };
        }

        var failure = last?.Result!.ToFailure();
        var hidesWords = job.Policy.ErrorDetail == ErrorDetail.Generic && last?.Result!.Fault is AttemptFault.Status or AttemptFault.ErrorEvent;
        return new AttemptLoopResult(plan, hidesWords ? UpstreamError.WithoutWords(failure!) : failure);
    }

    /// <summary>Only what the options ask for: a strategy that has nothing to do is one more task on the way to the backend.</summary>
    private ResiliencePipeline<Attempt> PipelineOf(AttemptOptions options) => options switch
    {
        { HedgeAfter: not null } => _hedged,
        { AttemptTimeout: not null } => _timed,
        _ => _untimed,
    };

    private static AttemptPlan PlanOf(ResilienceContext context) => context.Properties.GetValue(PlanKey, null!);

    private ResiliencePipelineBuilder<Attempt> Retrying() =>
        new ResiliencePipelineBuilder<Attempt> { TimeProvider = _timeProvider }.AddRetry(new RetryStrategyOptions<Attempt>
        {
            // How many there may be is the decision's: this is no limit of its own.
            MaxRetryAttempts = int.MaxValue,
            ShouldHandle = static args =>
                new(args.Outcome.Result is { HasWon: false } failed
                    && !args.Context.CancellationToken.IsCancellationRequested
                    && PlanOf(args.Context).AfterFailure(failed).Step != RetryStep.Stop),
            DelayGenerator = static args => new(args.Outcome.Result!.Verdict!.Value.Delay),
        });

    private static TimeoutStrategyOptions AttemptTimeout() => new()
    {
        TimeoutGenerator = static args =>
            new(PlanOf(args.Context).Job.Policy.Attempts.AttemptTimeout ?? Timeout.InfiniteTimeSpan),
    };

    private static HedgingStrategyOptions<Attempt> Hedging() => new()
    {
        MaxHedgedAttempts = 1,
        DelayGenerator = static args =>
            new(PlanOf(args.Context).Job.Policy.Attempts.HedgeAfter ?? Timeout.InfiniteTimeSpan),

        ActionGenerator = static args =>
        {
            var plan = PlanOf(args.PrimaryContext);
            return plan.Hedge() is { } target ? () => AskAsync(args.ActionContext, plan, target) : null;
        },

        // A failure waits for the other attempt, if there is one.
        ShouldHandle = static args => new(args.Outcome.Result is not { HasWon: true }),
    };
}
