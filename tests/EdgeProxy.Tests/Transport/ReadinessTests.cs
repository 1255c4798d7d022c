using EdgeProxy.Transport;

namespace EdgeProxy.Tests.Transport;

public sealed class ReadinessTests
{
    private readonly Readiness _readiness = new();

    [Fact]
    public void Wait_AfterAnEdge_IsOverAtOnceAndOnlyOnce()
    {
        _readiness.Signal();
        _readiness.Signal();
        Assert.True(_readiness.IsSignalled);
        Assert.True(_readiness.WaitAsync().AsTask().IsCompletedSuccessfully);
        Assert.False(_readiness.WaitAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task Wait_BeforeAnEdge_EndsWithIt()
    {
        var wait = _readiness.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        _readiness.Signal();
        await wait;
        Assert.False(_readiness.IsSignalled);
    }

    [Fact]
    public async Task Wait_AsCount_EndsWithZero()
    {
        // Looked at and left, as a read of zero bytes does.
#pragma warning disable CA2012
        Assert.False(_readiness.WaitAsync().IsCompleted);
#pragma warning restore CA2012
        var count = _readiness.AsCount().AsTask();
        Assert.False(count.IsCompleted);
        _readiness.Signal();
        Assert.Equal(0, await count);
    }

    [Fact]
    public async Task Edge_InsideTheContinuation_IsForTheNextWait()
    {
        var wait = WaitTwiceAsync();
        _readiness.Signal();
        Assert.False(wait.IsCompleted);
        _readiness.Signal();
        await wait;

        async Task WaitTwiceAsync()
        {
            await _readiness.WaitAsync();
            await _readiness.WaitAsync();
        }
    }

    [Fact]
    public void Clear_ForgetsAnEdgeButNoWaiter()
    {
        _readiness.Signal();
        _readiness.Clear();
        var wait = _readiness.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        _readiness.Clear();
        _readiness.Signal();
        Assert.True(wait.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Cancel_OfAWait_EndsItWithTheToken()
    {
        using var source = new CancellationTokenSource();
        var wait = _readiness.WaitAsync().AsTask();
        _readiness.Cancel(source.Token);
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.Equal(source.Token, failure.CancellationToken);

        var next = _readiness.WaitAsync().AsTask();
        Assert.False(next.IsCompleted);
        _readiness.Signal();
        await next;
    }

    [Fact]
    public void Cancel_JustBeforeTheWait_IsNotLost()
    {
        // The waiter has looked at its token, and does not wait yet.
        _readiness.Cancel(new CancellationToken(canceled: true));
        Assert.True(_readiness.WaitAsync().AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task TwoThreads_EveryEdgeIsSeen()
    {
        // As a socket: what was put there before an edge is found by who waited for it.
        const int Rounds = 200_000;
        var put = 0;
        var signalling = Task.Run(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                Interlocked.Increment(ref put);
                _readiness.Signal();
            }
        }, TestContext.Current.CancellationToken);
        var waiting = Task.Run(async () =>
        {
            while (Volatile.Read(ref put) < Rounds)
            {
                await _readiness.WaitAsync();
                _readiness.Clear();
            }
        }, TestContext.Current.CancellationToken);
        await Task.WhenAll(signalling, waiting).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task TwoThreads_CancelAndEdge_EndEachWaitOnce()
    {
        for (var i = 0; i < 20_000; i++)
        {
            using var source = new CancellationTokenSource();
            var readiness = new Readiness();
            var wait = LoopAsync(readiness, source.Token);
            var cancelling = Task.Run(source.Cancel, TestContext.Current.CancellationToken);
            readiness.Signal();
            await cancelling;
            await wait.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        static async Task LoopAsync(Readiness readiness, CancellationToken token)
        {
            await using var registration = token.UnsafeRegister(static (readiness, token) => ((Readiness)readiness!).Cancel(token), readiness);
            try
            {
                while (!token.IsCancellationRequested)
                {
                    await readiness.WaitAsync();
                }
            }
            catch (OperationCanceledException)
            {
                // One of the two ends.
            }
        }
    }
}
