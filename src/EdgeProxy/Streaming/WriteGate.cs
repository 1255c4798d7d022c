namespace EdgeProxy.Streaming;

/// <summary>
/// Lets one writer at a time into the client's stream. Entering and leaving is one interlocked operation each while nobody
/// else is inside; the relay waits for a keep-alive that is under way, a keep-alive never waits (it is skipped instead).
/// At most one caller waits at a time: relay writes and the ending come one after another.
/// </summary>
internal sealed class WriteGate
{
    private const int Free = 0;
    private const int Taken = 1;
    private const int TakenAndAwaited = 2;

    private int _state;
    private TaskCompletionSource? _waiter;

    /// <summary>Enters if nobody is inside.</summary>
    public bool TryEnter() => Interlocked.CompareExchange(ref _state, Taken, Free) == Free;

    /// <summary>Enters, after whoever is inside has left.</summary>
    public ValueTask EnterAsync() => TryEnter() ? default : new ValueTask(WaitAsync());

    /// <summary>Leaves; who waits is inside from then on.</summary>
    public void Exit()
    {
        if (Interlocked.CompareExchange(ref _state, Free, Taken) == Taken)
        {
            return;
        }

        var waiter = _waiter!;
        _waiter = null;
        Volatile.Write(ref _state, Taken);
        waiter.SetResult();
    }

    private async Task WaitAsync()
    {
        while (true)
        {
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiter = waiter;
            if (Interlocked.CompareExchange(ref _state, TakenAndAwaited, Taken) == Taken)
            {
                await waiter.Task;
                return;
            }

            _waiter = null;
            if (TryEnter())
            {
                return;
            }
        }
    }
}
