using System.Threading.RateLimiting;

namespace EdgeProxy.Admission;

/// <summary>What one stream has of a limiter: a permit, or a place in the queue for one. Guarded by the lock of <see cref="AdmissionControl"/>.</summary>
internal sealed class PermitClaim : IDisposable
{
    private readonly RateLimitLease? _lease;
    private readonly Task<RateLimitLease>? _pending;
    private readonly CancellationTokenSource? _withdrawal;

    private PermitClaim(RateLimitLease lease) => _lease = lease;

    private PermitClaim(ConcurrencyLimiter limiter)
    {
        _withdrawal = new CancellationTokenSource();
        _pending = limiter.AcquireAsync(permitCount: 1, _withdrawal.Token).AsTask();
    }

    /// <summary>Whether it is a permit. A queued claim becomes one inside the call that gives a permit back, not some time after.</summary>
    public bool IsGranted => _pending is null or { IsCompletedSuccessfully: true };

    /// <summary>A permit if there is one and nobody waits for it; else null.</summary>
    public static PermitClaim? TryTake(ConcurrencyLimiter limiter)
    {
        var lease = limiter.AttemptAcquire();
        return lease.IsAcquired ? new PermitClaim(lease) : null;
    }

    /// <summary>A permit, or the last place in the queue.</summary>
    public static PermitClaim TakeOrQueue(ConcurrencyLimiter limiter) => TryTake(limiter) ?? new PermitClaim(limiter);

    /// <summary>Gives the permit back, or leaves the queue.</summary>
    public void Dispose()
    {
        if (_pending is null)
        {
            _lease!.Dispose();
            return;
        }

        _withdrawal!.Cancel();
        if (_pending.IsCompletedSuccessfully)
        {
            _pending.Result.Dispose();
        }

        _withdrawal.Dispose();
    }
}
