using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using EdgeProxy.Streaming;

namespace EdgeProxy.Attempts;

/// <summary>What an event stream began with.</summary>
internal enum FirstEvent
{
    /// <summary>Nothing but comments and pieces so far.</summary>
    None,

    /// <summary>An event of the answer, or more bytes than are held back for one.</summary>
    Good,

    /// <summary>An error: the backend failed after its response head.</summary>
    Error,
}

/// <summary>
/// Holds an event stream back until its first event is whole and says whether that is an error. Until then another attempt can take
/// the place of this one without the client knowing.
/// </summary>
internal sealed class FirstEventGate(Dialect dialect, int maxHeldBytes)
{
    private EventTracker? _tracker;
    private SseScanner _scanner;
    private HeldBytes _held;

    /// <summary>The bytes held back, all that came until the last call of <see cref="Take"/> included unless it let them pass.</summary>
    public ReadOnlyMemory<byte> Held => _held.Memory;

    /// <summary>
    /// Looks at the next bytes. They are held unless they pass at once: after <see cref="FirstEvent.Good"/> with nothing held, the
    /// caller's own bytes are the whole beginning.
    /// </summary>
    public FirstEvent Take(ReadOnlySpan<byte> bytes)
    {
        _tracker ??= dialect.CreateTracker();
        var position = 0;
        var verdict = FirstEvent.None;
        while (verdict == FirstEvent.None && _scanner.TryRead(bytes, ref position, out var line))
        {
            _tracker.OnLine(line);
            if (line.DispatchesEvent)
            {
                verdict = _tracker.SawError ? FirstEvent.Error : FirstEvent.Good;
            }
        }

        if (verdict == FirstEvent.None && _held.Count + bytes.Length > maxHeldBytes)
        {
            verdict = FirstEvent.Good;
        }

        if (verdict != FirstEvent.Good || _held.Count > 0)
        {
            _held.Append(bytes);
        }

        return verdict;
    }

    /// <summary>Gives the held bytes back to the pool.</summary>
    public void Clear() => _held.Clear();
}
