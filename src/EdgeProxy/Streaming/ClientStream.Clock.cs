using System.Buffers;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Streaming;

/// <summary>The stream's opening, and what time alone makes it do.</summary>
internal sealed partial class ClientStream
{
    private const long NotYet = -1;

    private IHeaderDictionary? _upstreamHeaders;
    private int _upstreamStatus;
    private StreamFailure? _expiry;

    // Offsets from the stream's beginning in ticks, read by the sweep while the relay writes them.
    private long _primerFrom = NotYet;
    private long _lastEvent = NotYet;
    private long _lastWrite;

    /// <summary>Cancelled when a deadline has passed; <see cref="Expiry"/> says which.</summary>
    public CancellationToken Expired => _expired.Token;

    /// <inheritdoc/>
    public StreamFailure? Expiry => Volatile.Read(ref _expiry);

    /// <inheritdoc/>
    public TimeSpan UntilFirstEventDeadline => _settings.FirstEventTimeout - Now;

    /// <summary>The client asked for a stream: the primer's delay has run since the stream's beginning.</summary>
    public async ValueTask ExpectEventsAsync()
    {
        Volatile.Write(ref _primerFrom, 0);
        if (_settings.PrimerAfter == TimeSpan.Zero)
        {
            await _gate.EnterAsync();
            await WriteOwnFrameAsync();
        }
    }

    /// <summary>The client did not ask for a stream after all: whatever the upstream answers passes.</summary>
    public void ExpectNoEvents() => WantsEvents = false;

    /// <inheritdoc/>
    public void Open(int status, IHeaderDictionary headers)
    {
        _upstreamStatus = status;
        Volatile.Write(ref _upstreamHeaders, headers);
        if (Volatile.Read(ref _primerFrom) == NotYet)
        {
            Volatile.Write(ref _primerFrom, Now.Ticks);
        }
    }

    /// <inheritdoc/>
    public void Withdraw() => Volatile.Write(ref _upstreamHeaders, null);

    /// <summary>Does what is due; called by the sweep.</summary>
    public void Tick()
    {
        var phase = _phase;
        if (phase == StreamPhase.Ended)
        {
            return;
        }

        var primerFrom = Volatile.Read(ref _primerFrom);
        var lastEvent = Volatile.Read(ref _lastEvent);
        var state = new StreamClockState(
            PrimerFrom: phase == StreamPhase.Waiting && primerFrom != NotYet ? TimeSpan.FromTicks(primerFrom) : null,
            IsCommitted: phase == StreamPhase.Committed,
            IsWriting: _isWriting,
            LastWrite: TimeSpan.FromTicks(Volatile.Read(ref _lastWrite)),
            LastEvent: lastEvent == NotYet ? null : TimeSpan.FromTicks(lastEvent),
            IsMidEvent: _isMidEvent);
        var verdict = StreamClock.Check(state, _settings, Now);
        if (verdict.Expired is { } expired)
        {
            Expire(expired);
        }
        else if ((verdict.Commit || verdict.KeepAlive) && _gate.TryEnter())
        {
            _ = WriteOwnFrameAsync();
        }
    }

    /// <summary>Ends the stream from outside, as a deadline does: its attempt is cancelled and the client is told <paramref name="failure"/>. The first one counts.</summary>
    public void Expire(StreamFailure failure)
    {
        if (Interlocked.CompareExchange(ref _expiry, failure, null) is null)
        {
            // Not on the sweep's own thread: cancelling runs other code.
            _ = _expired.CancelAsync();
        }
    }

    /// <summary>Writes the primer, or a keep-alive if the stream is open. The caller has entered the gate; it is left here.</summary>
    private async Task WriteOwnFrameAsync()
    {
        try
        {
            var singleNewline = _singleNewlineClient || _scanner.SawId;
            if (_phase == StreamPhase.Waiting)
            {
                Commit();
                Tally.CommittedEarly = true;
                _writer.Write(Frames.Primer(_settings.KeepAliveFrame, _dialect, _scanner.LineEnding, singleNewline, _settings.PrimerPaddingBytes).Span);
            }
            else if (_phase == StreamPhase.Committed && !_isMidEvent)
            {
                Tally.KeepAlives++;
                _writer.Write(Frames.KeepAlive(_settings.KeepAliveFrame, _dialect, _scanner.LineEnding, singleNewline, RequestId, _created).Span);
            }
            else
            {
                return;
            }

            _dropLineFeed = _endsWithCr;
            await FlushAsync();
        }
        catch (Exception e)
        {
            // Nobody awaits the sweep's writes: the failure ends the stream by the usual way.
            Expire(StreamFailure.Internal(e));
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Opens the stream: status and headers, the upstream's own where it has answered. They leave with the first bytes, in one flush.</summary>
    private void Commit()
    {
        var headers = _head.Headers;
        _head.StatusCode = StatusCodes.Status200OK;
        if (Volatile.Read(ref _upstreamHeaders) is { } upstreamHeaders)
        {
            _head.StatusCode = _upstreamStatus;
            Add(headers, upstreamHeaders);

            // The length of what the upstream sends is not the length of what the client gets.
            headers.ContentLength = null;
            if (RequestIds.IsValid(headers[_dialect.RequestIdHeader]))
            {
                RequestId = headers[_dialect.RequestIdHeader]!;
            }
        }
        else
        {
            Add(headers, _settings.OpeningHeaders);
        }

        headers.TryAdd("Content-Type", "text/event-stream");
        headers.TryAdd("Cache-Control", "no-cache, no-transform");
        headers.TryAdd("X-Accel-Buffering", "no");
        headers.TryAdd(_dialect.RequestIdHeader, RequestId);
        headers.TryAdd(RequestIds.HeaderName, RequestId);
        _body.DisableBuffering();
        Tally.CommittedAt = Now;
        _phase = StreamPhase.Committed;
    }

    private static void Add(IHeaderDictionary headers, IEnumerable<KeyValuePair<string, StringValues>> more)
    {
        foreach (var header in more)
        {
            headers[header.Key] = header.Value;
        }
    }

    private async ValueTask FlushAsync()
    {
        var result = await _writer.FlushAsync();
        Volatile.Write(ref _lastWrite, Now.Ticks);
        if (result.IsCompleted || result.IsCanceled)
        {
            // The client is gone.
            _isFinished = true;
        }
    }

    /// <summary>Notes that the upstream gave something.</summary>
    private void NoteActivity()
    {
        var now = Now;
        var last = Volatile.Read(ref _lastEvent);
        Tally.FirstEventAt ??= now;
        if (last != NotYet && now.Ticks - last > Tally.LongestGap.Ticks)
        {
            Tally.LongestGap = TimeSpan.FromTicks(now.Ticks - last);
        }

        Volatile.Write(ref _lastEvent, now.Ticks);
    }
}
