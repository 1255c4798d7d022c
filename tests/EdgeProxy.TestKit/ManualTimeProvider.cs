namespace EdgeProxy.TestKit;

/// <summary>
/// A clock that stands still until a test moves it. Drives everything that takes a <see cref="TimeProvider"/>: timers,
/// <see cref="PeriodicTimer"/>, <see cref="CancellationTokenSource"/>, <c>Task.Delay</c>.
/// </summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // The period of the proxy's own sweep.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _armed = [];
    private long _now;

    /// <summary>A timer was set that fires once: how long from now. Raised on the thread that set it, for times above zero.</summary>
    public event Action<TimeSpan>? OneShotSet;

    /// <summary>The time since the clock was made.</summary>
    public TimeSpan Elapsed => new(Volatile.Read(ref _now));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock. Every timer that falls due on the way fires on this thread, in the order of its due time and with
    /// the clock standing at it; a periodic one as often as it fits.
    /// </summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = GetTimestamp() + by.Ticks;
        while (TakeDue(target) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>
    /// Moves the clock in steps until the task is done, giving what runs beside it a moment of real time after each. At the limit
    /// the clock stands and only real time goes on: on a busy machine what is due comes late in real time, but never late on this clock.
    /// </summary>
    /// <exception cref="TimeoutException">The task was not done with the clock at <paramref name="limit"/> from now.</exception>
    public async Task AdvanceUntilAsync(Task task, TimeSpan limit)
    {
        var end = Elapsed + limit;

        // What was written just now may not have been noted as written yet.
        await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(40), System));
        while (!task.IsCompleted && Elapsed < end)
        {
            await StepAsync(task, end);
        }

        try
        {
            await task.WaitAsync(Patience.Limit, System);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"It did not come by {Elapsed} on the manual clock.");
        }
    }

    /// <inheritdoc cref="AdvanceUntilAsync(Task, TimeSpan)"/>
    public async Task<T> AdvanceUntilAsync<T>(Task<T> task, TimeSpan limit)
    {
        await AdvanceUntilAsync((Task)task, limit);
        return await task;
    }

    /// <summary>Moves the clock in steps, in which nothing should happen to the task; returns whether nothing did.</summary>
    public async Task<bool> PassWithoutAsync(Task task, TimeSpan by)
    {
        for (var end = Elapsed + by; Elapsed < end;)
        {
            await StepAsync(task, end);
        }

        await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(100), System));
        return !task.IsCompleted;
    }

    private async Task StepAsync(Task task, TimeSpan end)
    {
        Advance(TimeSpan.FromTicks(Math.Min(Step.Ticks, (end - Elapsed).Ticks)));
        await Task.WhenAny(task, Task.Delay(TimeSpan.FromMilliseconds(3), System));
    }

    private ManualTimer? TakeDue(long target)
    {
        lock (_lock)
        {
            var next = _armed.MinBy(static timer => timer.Due);
            if (next is null || next.Due > target)
            {
                Volatile.Write(ref _now, Math.Max(_now, target));
                return null;
            }

            Volatile.Write(ref _now, Math.Max(_now, next.Due));
            if (next.Period > 0)
            {
                next.Due += next.Period;
            }
            else
            {
                _armed.Remove(next);
            }

            return next;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private bool _disposed;

        public long Due { get; set; }

        public long Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                if (_disposed)
                {
                    return false;
                }

                clock._armed.Remove(this);
                Period = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    return true;
                }

                Due = clock._now + (dueTime == TimeSpan.Zero ? Period : dueTime.Ticks);
                if (dueTime > TimeSpan.Zero || Period > 0)
                {
                    clock._armed.Add(this);
                }
            }

            if (dueTime > TimeSpan.Zero && Period == 0)
            {
                clock.OneShotSet?.Invoke(dueTime);
            }

            if (dueTime == TimeSpan.Zero)
            {
                // "At once" needs no step of the clock; the system's timer fires on the pool too, never inside Change.
                ThreadPool.UnsafeQueueUserWorkItem(static timer => timer.Fire(), this, preferLocal: false);
            }

            return true;
        }

        public void Fire()
        {
            if (_context is null)
            {
                callback(state);
                return;
            }

            ExecutionContext.Run(_context, static timer => ((ManualTimer)timer!).Invoke(), this);
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                _disposed = true;
                clock._armed.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Invoke() => callback(state);
    }
}
