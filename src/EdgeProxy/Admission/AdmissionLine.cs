using System.Threading.RateLimiting;
using EdgeProxy.Configuration;

namespace EdgeProxy.Admission;

/// <summary>
/// The streams of one policy at one cluster: those that run, and behind them those that wait, in the order in which they came. The
/// framework's <see cref="ConcurrencyLimiter"/> gives out the places, first in, first out. Guarded by the lock of <see cref="AdmissionControl"/>.
/// </summary>
/// <remarks>
/// A <see cref="ConcurrencyLimiter"/> cannot be resized. For a new limit there is a new one, in which everybody lines up anew
/// in the old order: first who runs, then who waits. A running stream that finds no permit there, because the limit is lower now, runs on,
/// but it stands at the queue's head: the next permits that come free go to such streams, and nobody is let in until old and new together are
/// within the new limit. Who waits keeps the place behind whom it stood, even where the queue's limit is lower now.
/// For that reason the queue's limit is kept here: running streams in the limiter's queue must not count.
/// The old limiter is dropped with all that it gave out.
/// </remarks>
internal sealed class AdmissionLine : IDisposable
{
    /// <summary>
    /// The limiter keeps 400 bytes of each stream that left its queue until a permit comes free. Where none does and clients come and go,
    /// a fresh limiter sheds them, after at least as many as make lining up anew cheap.
    /// </summary>
    private const int MinWithdrawnBeforeRenewal = 256;

    private readonly LinkedList<AdmissionTicket> _running = [];
    private readonly LinkedList<AdmissionTicket> _waiting = [];
    private ConcurrencyLimiter _limiter;
    private int? _limit;
    private int _queueLimit;
    private int _withdrawn;

    /// <summary>Makes an empty line.</summary>
    public AdmissionLine(AdmissionKey key, AdmissionOptions options)
    {
        Key = key;
        _limit = options.MaxConcurrentStreams;
        _queueLimit = options.QueueLimit;
        _limiter = CreateLimiter();
    }

    /// <summary>Whose line it is.</summary>
    public AdmissionKey Key { get; }

    /// <summary>Whether nobody runs or waits.</summary>
    public bool IsEmpty => _running.Count == 0 && _waiting.Count == 0;

    /// <summary>How many run, and how many wait.</summary>
    public AdmissionCounts Counts => new(_running.Count, _waiting.Count);

    /// <summary>Lets a stream in, or to the end of the queue; false if that is full.</summary>
    public bool TryEnter(AdmissionTicket ticket)
    {
        if (PermitClaim.TryTake(_limiter) is { } permit)
        {
            ticket.Enter(_running, permit);
            return true;
        }

        if (_waiting.Count >= _queueLimit)
        {
            return false;
        }

        ticket.Enter(_waiting, PermitClaim.TakeOrQueue(_limiter));
        return true;
    }

    /// <summary>Takes a stream out, whether it runs or waits, and lets in whose turn that makes it.</summary>
    public void Leave(AdmissionTicket ticket)
    {
        if (!ticket.Claim.IsGranted)
        {
            _withdrawn++;
        }

        ticket.Leave();
        if (_withdrawn > MinWithdrawnBeforeRenewal + _running.Count + _waiting.Count)
        {
            LineUpAnew();
        }

        CallIn();
    }

    /// <summary>Takes over changed limits; null for <see cref="AdmissionOptions.MaxConcurrentStreams"/> lets everybody in.</summary>
    public void Resize(AdmissionOptions options)
    {
        _queueLimit = options.QueueLimit;
        if (_limit != options.MaxConcurrentStreams)
        {
            _limit = options.MaxConcurrentStreams;
            LineUpAnew();
            CallIn();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    private ConcurrencyLimiter CreateLimiter() => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = _limit ?? int.MaxValue,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private void LineUpAnew()
    {
        _limiter.Dispose();
        _limiter = CreateLimiter();
        _withdrawn = 0;
        foreach (var ticket in _running)
        {
            ticket.Claim = PermitClaim.TakeOrQueue(_limiter);
        }

        foreach (var ticket in _waiting)
        {
            ticket.Claim = PermitClaim.TakeOrQueue(_limiter);
        }
    }

    private void CallIn()
    {
        while (_waiting.First is { Value: { Claim.IsGranted: true } ticket })
        {
            ticket.CallIn(_running);
        }
    }
}
