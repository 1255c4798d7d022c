using Microsoft.Extensions.ObjectPool;

namespace EdgeProxy.Forwarding;

/// <summary>
/// Cancels an exchange when its time is over or its client has left. The sources are used again: a timer for each request would be a
/// fiftieth of its cost. On system time, as YARP's own limit is. Without a limit there is nothing but the client's token.
/// </summary>
internal readonly struct ActivityLimit : IDisposable
{
    // As many as run at a time on a busy proxy; what is more is made anew.
    private const int MaxKept = 1024;

    private static readonly ObjectPool<CancellationTokenSource> Sources = new DefaultObjectPool<CancellationTokenSource>(new Policy(), MaxKept);

    private readonly CancellationTokenSource? _source;
    private readonly CancellationTokenRegistration _client;
    private readonly CancellationTokenRegistration _caller;

    private ActivityLimit(TimeSpan time, CancellationToken client, CancellationToken caller)
    {
        Token = client;
        if (time == Timeout.InfiniteTimeSpan && !caller.CanBeCanceled)
        {
            return;
        }

        _source = Sources.Get();
        _client = client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        _caller = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        _source.CancelAfter(time);
        Token = _source.Token;
    }

    /// <summary>Cancelled at the end.</summary>
    public CancellationToken Token { get; }

    /// <summary>Starts the time.</summary>
    public static ActivityLimit Start(TimeSpan time, CancellationToken client, CancellationToken caller) => new(time, client, caller);

    /// <summary>No time is over any more; a client that leaves still ends the exchange.</summary>
    public void Stop() => _source?.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Waits for one that runs: afterwards nobody cancels the source for the wrong exchange.
        _client.Dispose();
        _caller.Dispose();
        if (_source is not null)
        {
            Sources.Return(_source);
        }
    }

    private sealed class Policy : PooledObjectPolicy<CancellationTokenSource>
    {
        public override CancellationTokenSource Create() => new();

        public override bool Return(CancellationTokenSource source)
        {
            if (source.TryReset())
            {
                return true;
            }

            source.Dispose();
            return false;
        }
    }
}
