namespace EdgeProxy.Attempts;

/// <summary>What a <see cref="Breaker"/> says of its destination.</summary>
internal enum BreakerState
{
    /// <summary>It may be asked by everybody.</summary>
    Closed,

    /// <summary>It is left alone.</summary>
    Open,

    /// <summary>It was left alone for long enough: one request may find out how it is.</summary>
    ProbeDue,

    /// <summary>One request is finding out.</summary>
    Probing,
}

/// <summary>
/// Remembers how a destination's attempts ended: after <see cref="FailuresToOpen"/> failures in a row it is left alone for a while,
/// then one request at a time probes it, until one of them is answered.
/// </summary>
/// <remarks>
/// An attempt counts by when it began. One that began before the breaker last opened, or before the probe set out, tells of a time
/// that is already judged: a hundred streams that hung when the destination died may each fail minutes later without keeping it away
/// from everybody once it is back. Begin times are timestamps of the <see cref="TimeProvider"/>. Safe for concurrent use.
/// </remarks>
internal sealed class Breaker(TimeProvider timeProvider)
{
    /// <summary>How many failures in a row open it.</summary>
    public const int FailuresToOpen = 3;

    private readonly Lock _lock = new();
    private Phase _phase;
    private int _failures;
    private int _claim;
    private long _countsFrom = long.MinValue;
    private long _openedAt;
    private TimeSpan _period;

    private enum Phase
    {
        Closed,
        Open,
        HalfOpen,
    }

    /// <summary>The state now.</summary>
    public BreakerState State
    {
        get
        {
            lock (_lock)
            {
                return _phase switch
                {
                    Phase.Closed => BreakerState.Closed,
                    Phase.HalfOpen => BreakerState.Probing,
                    _ => IsDue() ? BreakerState.ProbeDue : BreakerState.Open,
                };
            }
        }
    }

    /// <summary>An attempt failed by the destination's fault.</summary>
    /// <param name="beganAt">When it began.</param>
    /// <param name="period">How long the destination is left alone if this opens the breaker.</param>
    /// <returns>Whether it opened the breaker, for the first time or once more.</returns>
    public bool Failed(long beganAt, TimeSpan period)
    {
        lock (_lock)
        {
            // While it is open only those get there who have nowhere else to go: they do not make it longer.
            if (beganAt < _countsFrom || _phase == Phase.Open || (_phase == Phase.Closed && ++_failures < FailuresToOpen))
            {
                return false;
            }

            _phase = Phase.Open;
            _period = period;
            _openedAt = _countsFrom = timeProvider.GetTimestamp();
            return true;
        }
    }

    /// <summary>
    /// An attempt has got its first event. It closes a breaker that was open, but does not end a row of failures: the stream may
    /// still break off like those before it.
    /// </summary>
    /// <param name="beganAt">When the attempt began.</param>
    /// <returns>Whether it closed the breaker.</returns>
    public bool Answered(long beganAt)
    {
        lock (_lock)
        {
            return beganAt >= _countsFrom && _phase != Phase.Closed && Close();
        }
    }

    /// <summary>An attempt was answered to the end.</summary>
    /// <param name="beganAt">When it began.</param>
    /// <returns>Whether it closed the breaker.</returns>
    public bool Succeeded(long beganAt)
    {
        lock (_lock)
        {
            return beganAt >= _countsFrom && Close();
        }
    }

    /// <summary>Takes the place of the probe, if it is due and nobody has it.</summary>
    /// <param name="claim">What <see cref="Release"/> gives back.</param>
    public bool TryClaim(out int claim)
    {
        lock (_lock)
        {
            claim = _claim;
            if (_phase != Phase.Open || !IsDue())
            {
                return false;
            }

            _phase = Phase.HalfOpen;
            _countsFrom = timeProvider.GetTimestamp();
            claim = ++_claim;
            return true;
        }
    }

    /// <summary>Gives the place back for the next one. Does nothing once the probe has told how the destination is.</summary>
    public void Release(int claim)
    {
        lock (_lock)
        {
            if (_phase == Phase.HalfOpen && claim == _claim)
            {
                _phase = Phase.Open;
            }
        }
    }

    private bool IsDue() => timeProvider.GetElapsedTime(_openedAt) >= _period;

    private bool Close()
    {
        var wasOpen = _phase != Phase.Closed;
        _phase = Phase.Closed;
        _failures = 0;
        return wasOpen;
    }
}
