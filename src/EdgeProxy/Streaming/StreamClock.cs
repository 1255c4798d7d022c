using EdgeProxy.Protocol;

namespace EdgeProxy.Streaming;

/// <summary>What of a stream's state its deadlines depend on. Instants are offsets from the stream's beginning.</summary>
/// <param name="PrimerFrom">When the primer's delay began; null while nobody knows whether the client asked for a stream.</param>
/// <param name="IsCommitted">Whether the primer or the first event went out.</param>
/// <param name="IsWriting">Whether a write to the client is under way: then the client is slow, not the upstream.</param>
/// <param name="LastWrite">When something was last written to the client.</param>
/// <param name="LastEvent">When the upstream last gave an event (or a piece of one that is passed on unfinished); null before the first.</param>
/// <param name="IsMidEvent">Whether what was written ends inside an event: nothing may be added there.</param>
internal readonly record struct StreamClockState(
    TimeSpan? PrimerFrom,
    bool IsCommitted,
    bool IsWriting,
    TimeSpan LastWrite,
    TimeSpan? LastEvent,
    bool IsMidEvent);

/// <summary>What is due.</summary>
/// <param name="Commit">The primer.</param>
/// <param name="KeepAlive">A keep-alive.</param>
/// <param name="Expired">The failure that time alone has made, if any.</param>
internal readonly record struct StreamClockVerdict(bool Commit, bool KeepAlive, StreamFailure? Expired);

/// <summary>One stream's deadlines: a pure function of its state and the time. Only events count as the upstream's activity.</summary>
internal static class StreamClock
{
    /// <summary>Says what is due at <paramref name="now"/>, an offset from the stream's beginning.</summary>
    public static StreamClockVerdict Check(in StreamClockState state, ClientStreamSettings settings, TimeSpan now)
    {
        var commit = !state.IsCommitted && state.PrimerFrom is { } from && now - from >= settings.PrimerAfter;
        var keepAlive = state.IsCommitted && !state.IsWriting && !state.IsMidEvent
            && settings.KeepAliveFrame != KeepAliveFrame.None
            && now - state.LastWrite >= settings.KeepAliveInterval;
        return new StreamClockVerdict(commit, keepAlive, Expired(state, settings, now));
    }

    private static StreamFailure? Expired(in StreamClockState state, ClientStreamSettings settings, TimeSpan now)
    {
        if (settings.TotalTimeout is { } total && now >= total)
        {
            return StreamFailure.TooLong(total);
        }

        if (state.IsWriting)
        {
            return null;
        }

        if (state.LastEvent is { } last)
        {
            return now - last >= settings.IdleTimeout ? StreamFailure.Stalled(settings.IdleTimeout) : null;
        }

        return now >= settings.FirstEventTimeout ? StreamFailure.FirstEventTimeout(settings.FirstEventTimeout) : null;
    }
}
