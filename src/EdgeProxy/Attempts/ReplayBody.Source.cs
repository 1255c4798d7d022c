using System.Runtime.ExceptionServices;

namespace EdgeProxy.Attempts;

/// <content>The source: one read at a time, into the record or, once nothing is recorded any more, into the last reader's own buffer.</content>
internal sealed partial class ReplayBody
{
    private readonly Stream _source;
    private readonly long? _contentLength;
    private readonly CancellationToken _clientAborted;
    private CancellationTokenSource? _stop;
    private CancellationToken _stopped;
    private TaskCompletionSource? _progress;
    private ExceptionDispatchInfo? _fault;
    private ReplaySegment? _target;
    private bool _isReading;
    private bool _isEnded;

    /// <summary>Reads for a reader.</summary>
    internal async ValueTask<int> ReadAsync(ReplayReader reader, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task? pending;
            var ended = CancellationToken.None;
            bool isRecording;
            lock (_gate)
            {
                reader.ThrowIfDead();
                if (reader.Consumed < _record.Length)
                {
                    var count = _record.Read(reader, buffer.Span);
                    Trim();
                    return count;
                }

                _fault?.Throw();
                if (_isEnded)
                {
                    return 0;
                }

                pending = JoinOrBegin();
                isRecording = _isRecording;

                // A read of no bytes takes nothing from the source.
                _isStartKept &= isRecording || pending is not null || buffer.IsEmpty;
                if (!isRecording)
                {
                    ended = (reader.SourceReads ??= CancellationTokenSource.CreateLinkedTokenSource(_stopped)).Token;
                }
            }

            if (pending is not null)
            {
                await pending.WaitAsync(cancellationToken);
            }
            else if (isRecording)
            {
                // Not awaited: who began the read waits like all others, and can be sent away.
                _ = ReadIntoRecordAsync();
            }
            else
            {
                return await ReadSourceAsync(buffer, ended, cancellationToken);
            }
        }
    }

    /// <summary>Gives a reader all of the body at once, if it is here already and so long.</summary>
    internal bool TryTakeWhole(ReplayReader reader, Span<byte> whole)
    {
        if (!TryComplete())
        {
            return false;
        }

        lock (_gate)
        {
            if (!_isRecording || reader.IsClosed || reader.IsLost || reader.Consumed > 0 || _record.Length != whole.Length)
            {
                return false;
            }

            _record.Read(reader, whole);
            return true;
        }
    }

    /// <summary>Reads what is at hand into the record. Returns whether that is the whole body.</summary>
    private bool TryComplete()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_isEnded || _isReading || !_isRecording || _fault is not null)
                {
                    return _isEnded && _isRecording;
                }

                JoinOrBegin();
            }

            if (!ReadIntoRecordAsync().IsCompleted)
            {
                return false;
            }
        }
    }

    /// <summary>Null: the source is the caller's to read now. Else what completes when there is something new to see.</summary>
    private Task? JoinOrBegin()
    {
        if (_isReading)
        {
            return Join();
        }

        if (_stop is null)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(_clientAborted);
            _stopped = _stop.Token;
        }

        _target = _isRecording ? _record.Grow(_contentLength - _record.Length) : null;
        _isReading = true;
        return null;
    }

    private Task Join() => (_progress ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Never faults: what went wrong is seen by whoever reads up to there.</summary>
    private async Task ReadIntoRecordAsync()
    {
        var count = 0;
        ExceptionDispatchInfo? fault = null;
        try
        {
            count = await _source.ReadAsync(_target!.Free, _stopped);
        }
        catch (Exception e)
        {
            fault = ExceptionDispatchInfo.Capture(e);
        }

        lock (_gate)
        {
            _record.Commit(count);
            _fault = fault;
            _isEnded = fault is null && count == 0;
            if (_record.Length > _maxBytes)
            {
                _isTooLong = true;
                StopRecording(FurthestReader());
            }

            EndReading();
        }

        WakeReaders();
    }

    /// <summary>For the only reader left, whose buffer it is: the read cannot outlive its caller's interest in it.</summary>
    private async ValueTask<int> ReadSourceAsync(Memory<byte> buffer, CancellationToken ended, CancellationToken cancellationToken)
    {
        try
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended);
            return await _source.ReadAsync(buffer, ends.Token);
        }
        finally
        {
            lock (_gate)
            {
                EndReading();
            }

            WakeReaders();
        }
    }

    private void EndReading()
    {
        _isReading = false;
        _target = null;
        if (_isEnded && _record.Length == 0)
        {
            _record.Drop(null, null);
        }

        Trim();
    }

    private void WakeReaders()
    {
        TaskCompletionSource? progress;
        lock (_gate)
        {
            (progress, _progress) = (_progress, null);
        }

        progress?.SetResult();
    }
}
