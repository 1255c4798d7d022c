using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.TestKit;

/// <summary>The clock that all the timing tests trust.</summary>
public sealed class ManualTimeProviderTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Advance_SeveralTimers_FireInOrderWithTheClockAtTheirDueTime()
    {
        List<(string Name, double At)> fired = [];
        using var late = Timer("late", 30, Timeout.Infinite);
        using var often = Timer("often", 10, 10);
        using var never = Timer("never", Timeout.Infinite, 10);

        _clock.Advance(TimeSpan.FromMilliseconds(35));

        Assert.Equal([("often", 10), ("often", 20), ("late", 30), ("often", 30)], fired.OrderBy(static entry => entry.At).ThenBy(static entry => entry.Name));
        Assert.Equal([10, 20, 30, 30], fired.Select(static entry => entry.At));
        Assert.Equal(35, _clock.Elapsed.TotalMilliseconds);
        Assert.Equal(TimeSpan.FromMilliseconds(35), _clock.GetElapsedTime(0));

        ITimer Timer(string name, int due, int period) => _clock.CreateTimer(
            _ => fired.Add((name, _clock.Elapsed.TotalMilliseconds)), null, TimeSpan.FromMilliseconds(due), TimeSpan.FromMilliseconds(period));
    }

    [Fact]
    public void Change_RunningTimer_ForgetsItsOldDueTime()
    {
        var fired = 0;
        using var timer = _clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromMilliseconds(999));
        timer.Change(TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(0, fired);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, fired);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, fired);

        timer.Dispose();
        Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void CancellationTokenSource_AfterItsDelay_IsCancelled()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(5), _clock);

        _clock.Advance(TimeSpan.FromSeconds(4.999));
        Assert.False(source.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(source.IsCancellationRequested);
    }

    [Fact]
    public async Task PeriodicTimer_EachPeriod_Ticks()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50), _clock);
        for (var tick = 1; tick <= 3; tick++)
        {
            var next = timer.WaitForNextTickAsync(TestContext.Current.CancellationToken).AsTask();
            Assert.False(next.IsCompleted);
            Assert.True(await _clock.AdvanceUntilAsync(next, TimeSpan.FromSeconds(1)));
            Assert.Equal(50 * tick, _clock.Elapsed.TotalMilliseconds);
        }
    }

    [Fact]
    public async Task ZeroDueTime_FiresWithoutAStep()
    {
        var fired = new TaskCompletionSource();
        using var timer = _clock.CreateTimer(_ => fired.TrySetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await fired.Task.WaitAsync(Patience.Limit, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task AdvanceUntil_WhatComesAtTheLimit_IsWaitedForInRealTime()
    {
        var late = new TaskCompletionSource();
        using var timer = _clock.CreateTimer(
            _ => ThreadPool.QueueUserWorkItem(_ => late.SetResult()), null, TimeSpan.FromMilliseconds(200), Timeout.InfiniteTimeSpan);

        await _clock.AdvanceUntilAsync(late.Task, TimeSpan.FromMilliseconds(200));
        Assert.Equal(200, _clock.Elapsed.TotalMilliseconds);
    }

    [Fact]
    public async Task PassWithout_SaysWhetherSomethingCame()
    {
        Assert.True(await _clock.PassWithoutAsync(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(120)));
        Assert.Equal(120, _clock.Elapsed.TotalMilliseconds);
        Assert.False(await _clock.PassWithoutAsync(Task.CompletedTask, TimeSpan.FromMilliseconds(50)));
    }
}
