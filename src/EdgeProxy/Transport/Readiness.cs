using System.Threading.Tasks.Sources;

namespace EdgeProxy.Transport;

/// <summary>
/// One direction of a socket that an edge-triggered epoll watches: whether an edge came since the last wait, and who waits for one.
/// At most one waiter at a time. Its continuation runs inside <see cref="Signal"/>, on the event loop's thread.
/// </summary>
internal sealed class Readiness : IValueTaskSource, IValueTaskSource<int>
{
    private const int Quiet = 0;
    private const int Signalled = 1;
    private const int Awaited = 2;

    private ManualResetValueTaskSourceCore<int> _waiter;
    private int _state;

    /// <summary>Completes at the next edge, or at once if one came since the last call.</summary>
    public ValueTask WaitAsync()
    {
        // Reset before the state says that somebody waits: the loop may complete it from then on.
        if (Volatile.Read(ref _state) == Quiet)
        {
            _waiter.Reset();
            if (Interlocked.CompareExchange(ref _state, Awaited, Quiet) == Quiet)
            {
                return new ValueTask(this, _waiter.Version);
            }
        }

        Volatile.Write(ref _state, Quiet);
        return ValueTask.CompletedTask;
    }

    /// <summary>The wait that has just begun, with 0 as its result.</summary>
    public ValueTask<int> AsCount() => new(this, _waiter.Version);

    /// <summary>Whether an edge came that nobody waited for.</summary>
    public bool IsSignalled => Volatile.Read(ref _state) == Signalled;

    /// <summary>Forgets an edge that nobody waited for.</summary>
    public void Clear()
    {
        if (Volatile.Read(ref _state) == Signalled)
        {
            Interlocked.CompareExchange(ref _state, Quiet, Signalled);
        }
    }

    /// <summary>An edge came: runs who waits for it, or is kept for the next wait.</summary>
    public void Signal()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            var next = state == Awaited ? Quiet : Signalled;
            if (state == next || Interlocked.CompareExchange(ref _state, next, state) == state)
            {
                if (state == Awaited)
                {
                    _waiter.SetResult(0);
                }

                return;
            }
        }
    }

    /// <summary>
    /// Ends a wait with <see cref="OperationCanceledException"/>. If there is none it counts as an edge: who looked at the token just before
    /// and waits now does not wait for ever, but looks again.
    /// </summary>
    public void Cancel(CancellationToken token)
    {
        if (Interlocked.CompareExchange(ref _state, Quiet, Awaited) == Awaited)
        {
            _waiter.SetException(new OperationCanceledException(token));
        }
        else
        {
            Signal();
        }
    }

    int IValueTaskSource<int>.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);
}
