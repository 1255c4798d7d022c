namespace EdgeProxy.Protocol.Dialects;

/// <summary>How a committed stream is ended.</summary>
/// <param name="Failure">The error frame to write first, if any.</param>
/// <param name="WriteDone">Whether <c>[DONE]</c> is written last.</param>
internal readonly record struct StreamEnding(StreamFailure? Failure, bool WriteDone)
{
    /// <summary>
    /// Decides the ending so that a client never takes half an answer for a whole one, never loses a whole one to a late
    /// failure, and never reads two errors or two terminal markers.
    /// </summary>
    /// <param name="dialect">The stream's dialect.</param>
    /// <param name="terminal">Whether <c>[DONE]</c> is asked for, or never written.</param>
    /// <param name="sawEvent">Whether the upstream sent any event.</param>
    /// <param name="sawTerminal">Whether its answer was whole (<see cref="EventTracker.SawTerminal"/>).</param>
    /// <param name="sawDone">Whether it sent <c>[DONE]</c>.</param>
    /// <param name="sawError">Whether it sent an error event of its own.</param>
    /// <param name="failure">What went wrong; null if the upstream closed cleanly.</param>
    public static StreamEnding Decide(
        Dialect dialect, TerminalMode terminal, bool sawEvent, bool sawTerminal, bool sawDone, bool sawError, StreamFailure? failure)
    {
        var mayWriteDone = !sawDone && terminal != TerminalMode.None;
        var doneWhenGood = mayWriteDone && (dialect.AddsDone || terminal == TerminalMode.Done);
        var doneAfterError = mayWriteDone && (dialect.DoneAfterError || terminal == TerminalMode.Done);

        if (failure is not null && sawTerminal)
        {
            return new(null, doneWhenGood);
        }

        if (sawError)
        {
            return new(null, doneAfterError);
        }

        if (failure is not null)
        {
            return new(failure, doneAfterError);
        }

        if (sawTerminal)
        {
            return new(null, doneWhenGood);
        }

        var mustBeWhole = dialect.RequiresTerminal || terminal == TerminalMode.Done || !sawEvent;
        return mustBeWhole ? new(StreamFailure.Incomplete(), doneAfterError) : new(null, false);
    }
}
