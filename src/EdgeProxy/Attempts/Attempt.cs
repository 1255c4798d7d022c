using System.Text.Json;
using EdgeProxy.Protocol;
using EdgeProxy.Streaming;
using EdgeProxy.Telemetry;
using EdgeProxy.Transport;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>
/// One forwarding of the request to one destination. Runs the rest of the proxy pipeline on a child context, hands the answer to the
/// sink once it has won (<see cref="AttemptPlan.TryWin"/>), and keeps what another answer says for the error frame.
/// </summary>
internal sealed partial class Attempt : IDisposable, IThreadPoolWorkItem
{
    /// <summary>How long an error answer's body may take once its head is here: the client is waiting for the verdict.</summary>
    private static readonly TimeSpan ErrorBodyLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the upstream may take to end its response after the stream's last event, so that its connection can be used again.
    /// The client's next request on the same connection waits for this.
    /// </summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromMilliseconds(100);

    private readonly AttemptPlan _plan;
    private readonly AttemptJob _job;
    private readonly IEventSink _sink;
    private readonly AttemptResponse _response;
    private readonly HttpContext _context;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration _ended;
    private readonly TaskCompletionSource _decided = new();
    private int _isDecided;
    private Task _run = Task.CompletedTask;
    private Exception? _escaped;
    private volatile AttemptEnd _end;

    /// <summary>Makes the attempt; nothing is sent yet. Without a <paramref name="request"/> it sends the client's own.</summary>
    public Attempt(AttemptPlan plan, AttemptTarget target, AttemptRequest? request)
    {
        _plan = plan;
        _job = plan.Job;
        _sink = plan.Job.Sink;
        Target = target;
        _first = new FirstEventGate(_job.Dialect, _job.Policy.Client.MaxBufferedEventBytes);
        _limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, plan.TimeProvider);
        _ended = plan.Ended.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), _limit);
        _response = new AttemptResponse(_job.Client, this);
        Request = request;
        _context = AttemptContext.Create(_job.Client, this, _response, new AttemptLifetime(_limit.Token), request);
    }

    /// <summary>Whom it asks.</summary>
    public AttemptTarget Target { get; }

    /// <summary>The request that it is made for.</summary>
    public AttemptJob Job => _job;

    /// <summary>The request as it sends it; null: as the client does.</summary>
    public AttemptRequest? Request { get; }

    /// <summary>The destination that was picked; null until then, and if there was none.</summary>
    public DestinationState? Destination => _context.GetReverseProxyFeature().ProxiedDestination;

    /// <summary>When it began: a timestamp of the plan's time provider.</summary>
    public long BeganAt { get; private set; }

    /// <summary>From its beginning to its first good event; null while there was none.</summary>
    public TimeSpan? FirstEventAfter { get; set; }

    /// <summary>Whether its answer is the one that the client gets.</summary>
    public bool HasWon { get; private set; }

    /// <summary>What came of it; null while it runs.</summary>
    public AttemptResult? Result { get; private set; }

    /// <summary>What was decided after its failure; null where it did not fail or nobody waits for a further attempt.</summary>
    public RetryVerdict? Verdict { get; set; }

    /// <summary>The reason of <see cref="Verdict"/> in a word for log and metric; null without one.</summary>
    public string? VerdictWord => Verdict is { } verdict ? JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.Reason.ToString()) : null;

    /// <summary>Whether it gave no event within its time.</summary>
    public bool WasSilent => _end == AttemptEnd.Silent;

    /// <summary>The draw of lots for the pause after it: [0, 1).</summary>
    public double Jitter { get; } = Random.Shared.NextDouble();

    /// <summary>The headers of an answer that is held back until it is clear that no other comes.</summary>
    public IHeaderDictionary HeldHeaders => _response.Headers;

    /// <summary>Sends the request, as far as nothing has to be waited for.</summary>
    public void Start()
    {
        BeganAt = _plan.TimeProvider.GetTimestamp();
        _run = RunAsync();
    }

    /// <summary>Completes when it has won or has failed. A cancelled <paramref name="timeout"/> means that it was silent for too long.</summary>
    public async Task DecidedAsync(CancellationToken timeout)
    {
        await using (timeout.UnsafeRegister(static attempt => ((Attempt)attempt!).OnTimeout(), this))
        {
            await _decided.Task;
        }
    }

    /// <summary>Completes when it has ended and holds nothing of the client's request any more.</summary>
    public Task CompletionAsync() => _run;

    /// <summary>YARP has chosen: a probe that another destination was preferred to is free for the next request.</summary>
    public void OnPicked(IReadOnlyList<DestinationState> destinations)
    {
        if (destinations is [var picked, ..])
        {
            _job.Progress.Asked(Target.Stage.Cluster.ClusterId, picked.DestinationId);
        }

        if (Target.Probe is { } probe && !destinations.Contains(probe.Destination))
        {
            probe.Dispose();
        }
    }

    /// <summary>An exception came out of the pipeline.</summary>
    public void OnEscaped(Exception exception) => _escaped ??= exception;

    /// <summary>Ends it from outside; the first reason counts.</summary>
    public void End(AttemptEnd reason)
    {
        if (_end == AttemptEnd.None && Volatile.Read(ref _isDecided) == 0)
        {
            _end = reason;
            _ = _limit.CancelAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Dispose();
        _limit.Dispose();
        _first.Clear();
    }

    private async Task RunAsync()
    {
        var span = StreamTraces.BeginAttempt(_job.Policy.RouteId, Target.Stage.Cluster.ClusterId, _plan.NumberOf(this));
        try
        {
            await _job.Forward(_context);
        }
        catch (Exception e)
        {
            OnEscaped(e);
        }

        if (_answer == UpstreamAnswer.Events && !HasWon)
        {
            _sink.Withdraw();
        }
        else if (_answer == UpstreamAnswer.PassedThrough)
        {
            PassTrailersThrough(_response.Trailers);
        }

        var error = _context.Features.Get<IForwarderErrorFeature>();
        Result = new AttemptResult
        {
            Answer = _answer,
            Fault = Fault(),
            Status = _response.StatusCode,
            ContentType = _response.Headers.ContentType,
            RetryAfter = RetryAfterOf(_response.Headers),
            Body = _captured.WrittenMemory,
            IsBodyWhole = !_isBodyUnread && !_isEnough && !_response.IsBroken && _end == AttemptEnd.None,
            IsEmpty = !_response.IsBroken,
            Timeout = _job.Policy.Attempts.AttemptTimeout,
            Exception = error?.Exception ?? _escaped,
            Destination = Destination?.DestinationId,
        };
        StreamTraces.EndAttempt(span, Report());
        Request?.Body.Dispose();
        Target.Probe?.Dispose();
        Decide();
    }

    /// <summary>Lets the loop go on that waits for the verdict: not from inside the relay of the first event, which is under way.</summary>
    private void Decide()
    {
        if (Interlocked.Exchange(ref _isDecided, 1) == 0)
        {
            EventLoop.RunSoon(this);
        }
    }

    void IThreadPoolWorkItem.Execute() => _decided.SetResult();

    private void OnTimeout()
    {
        // The token is also cancelled with the whole request, which is nobody's silence.
        if (!_job.Expired.IsCancellationRequested && !ClientAborted.IsCancellationRequested)
        {
            End(AttemptEnd.Silent);
        }
    }

    /// <summary>Claims the client for this attempt's answer.</summary>
    private bool Win()
    {
        if (!HasWon && _end == AttemptEnd.None && _plan.TryWin(this))
        {
            HasWon = true;
            if (Destination is { } destination)
            {
                _job.Progress.Answers(Target.Stage.Cluster.ClusterId, destination.DestinationId);
            }

            Decide();
        }

        return HasWon;
    }

    private TimeSpan? RetryAfterOf(IHeaderDictionary headers) =>
        RetryAfter.ParseMilliseconds(headers["retry-after-ms"]) ?? RetryAfter.Parse(headers.RetryAfter, _plan.TimeProvider.GetUtcNow());

    private void PassTrailersThrough(IHeaderDictionary trailers)
    {
        if (trailers.Count > 0 && _job.Client.Response.SupportsTrailers())
        {
            foreach (var trailer in trailers)
            {
                _job.Client.Response.AppendTrailer(trailer.Key, trailer.Value);
            }
        }
    }
}
