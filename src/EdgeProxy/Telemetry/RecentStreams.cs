namespace EdgeProxy.Telemetry;

/// <summary>
/// What has happened lately, for the live page: the last streams that did not simply go well, counts by the second and first-event
/// times. All of it is bounded, lives in memory and costs one short lock for each stream's beginning and end. Safe to use from any thread.
/// </summary>
internal sealed class RecentStreams(TimeProvider timeProvider)
{
    /// <summary>How many of the streams that did not simply go well are kept.</summary>
    public const int Kept = 200;

    /// <summary>How many first-event times are kept.</summary>
    public const int KeptFirstEvents = 1000;

    /// <summary>How far back counts and first-event times go.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Ring<RecentStream> _streams = new(Kept);
    private readonly Ring<RecentFirstEvent> _firstEvents = new(KeptFirstEvents);
    private readonly StreamRate[] _seconds = new StreamRate[(int)Window.TotalSeconds];

    /// <summary>A stream has begun.</summary>
    public void Started()
    {
        lock (_lock)
        {
            ThisSecond(timeProvider.GetUtcNow()).Started++;
        }
    }

    /// <summary>A stream has ended.</summary>
    public void Finished(StreamReport report)
    {
        var now = timeProvider.GetUtcNow();
        lock (_lock)
        {
            ref var second = ref ThisSecond(now);
            switch (report.Outcome)
            {
                case StreamOutcome.ClientGone:
                    second.ClientGone++;
                    break;
                case StreamOutcome.Rescued:
                    second.Rescued++;
                    break;
                case StreamOutcome.Ok or StreamOutcome.PassedThrough when !report.IsFailure:
                    second.Ok++;
                    break;
                default:
                    second.Failed++;
                    break;
            }

            if (report.FirstEventAt is { } firstEvent && report.Outcome != StreamOutcome.PassedThrough)
            {
                _firstEvents.Add(new RecentFirstEvent(now, report.Route, firstEvent));
            }

            // Clients come and go: their leaving would soon drive out what an operator looks for.
            if (report.Outcome != StreamOutcome.ClientGone && (report.IsFailure || report.Attempts > 1))
            {
                // What was thrown holds on to more than anybody sees here.
                _streams.Add(new RecentStream(now, report with { Failure = report.Failure is null ? null : report.Failure with { Cause = null } }));
            }
        }
    }

    /// <summary>The last streams that failed, were rescued, or went well only with a further attempt; the latest first.</summary>
    public IReadOnlyList<RecentStream> Streams()
    {
        lock (_lock)
        {
            return [.. _streams.LatestFirst()];
        }
    }

    /// <summary>Counts of each second of the window, the oldest first, seconds without any included. The last one is not over yet.</summary>
    public IReadOnlyList<StreamRate> Rates()
    {
        var now = timeProvider.GetUtcNow().ToUnixTimeSeconds();
        var rates = new StreamRate[_seconds.Length];
        lock (_lock)
        {
            for (var i = 0; i < rates.Length; i++)
            {
                var second = now - rates.Length + 1 + i;
                var kept = _seconds[Slot(second)];
                rates[i] = kept.Second == second ? kept : new StreamRate { Second = second };
            }
        }

        return rates;
    }

    /// <summary>First-event times of the streams that ended within the window, the latest first: at most <see cref="KeptFirstEvents"/>.</summary>
    public IReadOnlyList<RecentFirstEvent> FirstEvents()
    {
        var oldest = timeProvider.GetUtcNow() - Window;
        lock (_lock)
        {
            return [.. _firstEvents.LatestFirst().TakeWhile(measured => measured.FinishedAt > oldest)];
        }
    }

    private ref StreamRate ThisSecond(DateTimeOffset now)
    {
        var second = now.ToUnixTimeSeconds();
        ref var slot = ref _seconds[Slot(second)];
        if (slot.Second != second)
        {
            slot = new StreamRate { Second = second };
        }

        return ref slot;
    }

    private int Slot(long second) => (int)(second % _seconds.Length);

    /// <summary>The last so many of something.</summary>
    private sealed class Ring<T>(int size)
    {
        private readonly T[] _items = new T[size];
        private long _added;

        public void Add(T item) => _items[_added++ % _items.Length] = item;

        public IEnumerable<T> LatestFirst()
        {
            for (var i = _added - 1; i >= Math.Max(0, _added - _items.Length); i--)
            {
                yield return _items[i % _items.Length];
            }
        }
    }
}

/// <summary>A stream that has ended.</summary>
/// <param name="FinishedAt">When.</param>
/// <param name="Report">What became of it. The failure's message may be a backend's own words: text, never markup.</param>
internal sealed record RecentStream(DateTimeOffset FinishedAt, StreamReport Report);

/// <summary>How long one stream waited for its first event.</summary>
/// <param name="FinishedAt">When the stream ended.</param>
/// <param name="Route">The YARP route.</param>
/// <param name="After">From the request to the first event, further attempts and the wait for a place included.</param>
internal readonly record struct RecentFirstEvent(DateTimeOffset FinishedAt, string Route, TimeSpan After);

/// <summary>What happened within one second.</summary>
internal record struct StreamRate
{
    /// <summary>Which second, since 1970 in UTC.</summary>
    public long Second { get; set; }

    /// <summary>Streams that were asked for.</summary>
    public int Started { get; set; }

    /// <summary>Streams whose client got a whole answer.</summary>
    public int Ok { get; set; }

    /// <summary>Streams that ended with an error frame and a clean end.</summary>
    public int Rescued { get; set; }

    /// <summary>Streams whose client got an error status, or a cut connection.</summary>
    public int Failed { get; set; }

    /// <summary>Streams that their client left.</summary>
    public int ClientGone { get; set; }
}
