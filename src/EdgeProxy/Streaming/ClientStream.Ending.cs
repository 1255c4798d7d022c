using System.Buffers;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Streaming;

/// <summary>The stream's ending: a whole answer, or one error frame, then one terminal marker.</summary>
internal sealed partial class ClientStream
{
    /// <summary>Whether the client left before the end.</summary>
    public bool IsAbandoned { get; private set; }

    /// <inheritdoc/>
    public bool IsAnswerWhole => Decide(failure: null).Failure is null;

    /// <summary>Whether the client's connection had to be cut: an answer that was passed through broke off.</summary>
    public bool WasCut { get; private set; }

    /// <summary>
    /// Ends the stream after the upstream's end (<paramref name="failure"/> null: a clean one). Before the commit a failure goes out
    /// with its real status; after it as a frame. Returns the failure that the client was told of, or null if it got a whole answer.
    /// </summary>
    public async ValueTask<StreamFailure?> EndAsync(StreamFailure? failure)
    {
        await _gate.EnterAsync();
        try
        {
            if (_phase != StreamPhase.Ended && _context.RequestAborted.IsCancellationRequested)
            {
                // Nobody is there to be told anything.
                IsAbandoned = true;
                return null;
            }

            switch (_phase)
            {
                case StreamPhase.Waiting:
                    failure ??= StreamFailure.Incomplete();
                    await RefuseAsync(failure);
                    return failure;
                case StreamPhase.Committed:
                    return await FinishAsync(failure);
                case StreamPhase.PassedThrough when failure is not null && !_head.HasStarted:
                    _head.Headers.Clear();
                    await RefuseAsync(failure);
                    return failure;
                case StreamPhase.PassedThrough when failure is not null:
                    // The head is out and frames are not the client's language: it must see that the body was cut.
                    WasCut = true;
                    _context.Abort();
                    return failure;
                case StreamPhase.PassedThrough:
                case StreamPhase.Ended:
                default:
                    return null;
            }
        }
        finally
        {
            _phase = StreamPhase.Ended;
            _isFinished = true;
            _gate.Exit();
        }
    }

    private async ValueTask RefuseAsync(StreamFailure failure)
    {
        Add(_head.Headers, _settings.RefusalHeaders);
        _writer.Write(ErrorAnswer.Prepare(_head, _dialect, failure, RequestId).Span);
        await FlushAsync();
    }

    private async ValueTask<StreamFailure?> FinishAsync(StreamFailure? failure)
    {
        var ending = Decide(failure);
        var writeDone = ending.WriteDone || (Tracker.PendingIsDone && _settings.Terminal != TerminalMode.None);
        WriteEnding(_writer, ending.Failure, writeDone);
        if (ending.Failure is not null || writeDone)
        {
            await FlushAsync();
        }

        await CompleteAsync();
        return ending.Failure;
    }

    /// <summary>How the stream would end now. A backend that closes right after the line "data: [DONE]", without the blank line, has said that it is done.</summary>
    private StreamEnding Decide(StreamFailure? failure) => StreamEnding.Decide(
        _dialect, _settings.Terminal, Tally.Events > 0, Tracker.SawTerminal || Tracker.PendingIsDone, Tracker.SawDone, Tracker.SawError, failure);

    private void WriteEnding(IBufferWriter<byte> writer, StreamFailure? failure, bool writeDone)
    {
        if (_isMidEvent && (failure is not null || writeDone))
        {
            writer.Write("\n\n"u8);
        }

        if (failure is not null)
        {
            var context = new ErrorFrameContext
            {
                RequestId = RequestId,
                NextSequenceNumber = Tracker.NextSequenceNumber,
                LineEnding = _scanner.LineEnding,
            };
            _dialect.WriteErrorFrame(writer, failure, context);
            if (_settings.FinishChunk && _dialect.Kind == DialectKind.OpenAIChat)
            {
                writer.Write(Frames.FinishChunk(RequestId, _created).Span);
            }
        }

        if (writeDone)
        {
            writer.Write(Frames.Done.Span);
        }
    }

    private async ValueTask CompleteAsync()
    {
        _isFinished = true;
        _phase = StreamPhase.Ended;
        await _body.CompleteAsync();
    }
}
