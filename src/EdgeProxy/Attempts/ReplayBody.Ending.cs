namespace EdgeProxy.Attempts;

/// <content>How recording ends, and what goes back to the pool then.</content>
internal sealed partial class ReplayBody
{
    /// <summary>
    /// An upstream has taken the request: nothing more is recorded, what has been read goes back to the pool, and one reader goes on.
    /// </summary>
    /// <param name="winner">
    /// The attempt's reader, as <see cref="OpenReader"/> gave it or rewritten. If null, the open one that has read furthest; of several
    /// the last, which may be the wrong one where attempts run at the same time.
    /// </param>
    public void Release(Stream? winner = null)
    {
        var reader = (winner as RewritingReader)?.Original ?? winner;
        lock (_gate)
        {
            StopRecording(reader as ReplayReader ?? FurthestReader());
            _isStartKept = false;
            Trim();
        }

        WakeReaders();
    }

    /// <summary>Ends everything; a read of the source that is still pending is cancelled, and its memory goes back when it has ended.</summary>
    public void Dispose()
    {
        CancellationTokenSource? stop;
        lock (_gate)
        {
            _isDisposed = true;
            KeepOnly(null);
            _isRecording = false;
            _isStartKept = false;
            Trim();
            (stop, _stop) = (_stop, null);
        }

        WakeReaders();
        stop?.Cancel();
        stop?.Dispose();
    }

    /// <summary>The same, and waits for the pending read: only then may the server have its body back.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        while (true)
        {
            Task pending;
            lock (_gate)
            {
                if (!_isReading)
                {
                    return;
                }

                pending = Join();
            }

            await pending;
        }
    }

    /// <summary>An attempt is over.</summary>
    internal void Close(ReplayReader reader)
    {
        CancellationTokenSource? reads;
        lock (_gate)
        {
            reader.IsClosed = true;
            _readers.Remove(reader);
            Trim();
            (reads, reader.SourceReads) = (reader.SourceReads, null);
        }

        WakeReaders();
        reads?.Cancel();
        reads?.Dispose();
    }

    private ReplayReader? FurthestReader()
    {
        ReplayReader? furthest = null;
        foreach (var reader in _readers)
        {
            furthest = furthest?.Consumed > reader.Consumed ? furthest : reader;
        }

        return furthest;
    }

    private void StopRecording(ReplayReader? heir)
    {
        if (_isRecording)
        {
            _isRecording = false;
            KeepOnly(heir);
        }
    }

    private void KeepOnly(ReplayReader? heir)
    {
        foreach (var reader in _readers)
        {
            reader.IsLost = reader != heir;
        }

        _readers.RemoveAll(reader => reader.IsLost);
    }

    /// <summary>Gives back what nobody can ask for any more.</summary>
    private void Trim()
    {
        if (_isRecording || (_isStartKept && _readers.Count == 0))
        {
            return;
        }

        _isStartKept &= !_record.Drop(_readers.Count == 0 ? null : _readers[0], _target);
    }
}
