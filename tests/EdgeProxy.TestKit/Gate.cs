namespace EdgeProxy.TestKit;

/// <summary>A point where a backend's script waits until the test lets it go on.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the script has come here.</summary>
    public Task Reached => _reached.Task.WaitAsync(Patience.Limit, TimeProvider.System);

    /// <summary>Lets the script go on, now or when it comes here.</summary>
    public void Open() => _released.TrySetResult();

    /// <summary>Called by the script: waits here.</summary>
    public Task WaitAsync(CancellationToken cancellationToken = default)
    {
        _reached.TrySetResult();
        return _released.Task.WaitAsync(cancellationToken);
    }
}
