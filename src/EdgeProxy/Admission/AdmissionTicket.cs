using EdgeProxy.Protocol;

namespace EdgeProxy.Admission;

/// <summary>
/// One stream's place: granted, refused, or waited for. <see cref="Dispose"/> gives it back, exactly once however often it is called, and
/// leaves the queue at once. Safe to use from any thread.
/// </summary>
internal sealed class AdmissionTicket : IDisposable
{
    /// <summary>
    /// How long a client that was not let in is asked to stay away. When a place comes free depends on answers that
    /// nobody knows the length of; the official SDKs heed what is under a minute, and ask two more times.
    /// </summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>The ticket of a stream that needs none.</summary>
    public static readonly AdmissionTicket Unlimited = new(refusal: null);

    /// <summary>The ticket of a stream that found the queue full.</summary>
    public static readonly AdmissionTicket Refused = new(Overloaded);

    private readonly AdmissionControl? _control;
    private readonly LinkedListNode<AdmissionTicket>? _node;
    private readonly TimeSpan _queueTimeout;
    private readonly TimeProvider _timeProvider = TimeProvider.System;
    private TaskCompletionSource<bool>? _turn;

    /// <summary>Makes the ticket of a stream that asks to be let in.</summary>
    public AdmissionTicket(AdmissionControl control, AdmissionLine line, TimeSpan queueTimeout, TimeProvider timeProvider)
    {
        _control = control;
        Line = line;
        _queueTimeout = queueTimeout;
        _timeProvider = timeProvider;
        _node = new LinkedListNode<AdmissionTicket>(this);
    }

    private AdmissionTicket(StreamFailure? refusal) => Refusal = refusal;

    /// <summary>Why the stream may not start, known at once: the queue is full. Else null.</summary>
    public StreamFailure? Refusal { get; }

    /// <summary>Whether the stream waits for its turn.</summary>
    public bool IsPending => _turn is { Task.IsCompleted: false };

    /// <summary>The line it stands in; null where there is none. The control's alone.</summary>
    internal AdmissionLine? Line { get; }

    /// <summary>What it has of the line's limiter. The line's alone.</summary>
    internal PermitClaim Claim { get; set; } = null!;

    /// <summary>Whether it stands in its line, running or waiting. The control's alone.</summary>
    internal bool IsInLine => _node?.List is not null;

    private static StreamFailure Overloaded => StreamFailure.Overloaded(RetryAfter);

    /// <summary>
    /// Waits for the stream's turn. Null: it may start. Else <c>edge_overloaded</c>, and the place in the queue is free: <c>Admission.QueueTimeout</c>
    /// has passed since this call, or the token was cancelled, or the ticket disposed. Never throws.
    /// </summary>
    public async ValueTask<StreamFailure?> WaitAsync(CancellationToken cancellationToken)
    {
        if (_turn is null)
        {
            return Refusal;
        }

        try
        {
            return await _turn.Task.WaitAsync(_queueTimeout, _timeProvider, cancellationToken) ? null : Overloaded;
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Its turn may have come meanwhile: then the place is taken, and is to be used.
            return _control!.Withdraw(this) ? Overloaded : null;
        }
    }

    /// <summary>Gives the place back, or leaves the queue.</summary>
    public void Dispose() => _control?.Leave(this);

    /// <summary>Stands at the end of the line. The line's alone, as are those below.</summary>
    internal void Enter(LinkedList<AdmissionTicket> list, PermitClaim claim)
    {
        Claim = claim;
        list.AddLast(_node!);
        if (!claim.IsGranted)
        {
            _turn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Goes from the queue to those who run.</summary>
    internal void CallIn(LinkedList<AdmissionTicket> running)
    {
        _node!.List!.Remove(_node);
        running.AddLast(_node);
        _turn!.TrySetResult(true);
    }

    /// <summary>Leaves the line.</summary>
    internal void Leave()
    {
        _node!.List!.Remove(_node);
        Claim.Dispose();
        _turn?.TrySetResult(false);
    }
}
