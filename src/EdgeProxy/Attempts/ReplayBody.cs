using System.Buffers;
using EdgeProxy.Detection;
using EdgeProxy.Streaming;

namespace EdgeProxy.Attempts;

/// <summary>
/// Records a request body while the first attempt reads it, so that a later one, or a second at the same time, can read it from its start.
/// Thread-safe; each reader is for one read at a time.
/// </summary>
/// <remarks>
/// While it records, the source is read in one place and on demand, into the record, and not under a reader's token: an attempt that is
/// cancelled leaves a read behind whose bytes belong to the next attempt. It keeps at most the limit and one piece (64 KB). Once the
/// body is too long, or an attempt has won, one reader goes on alone: it gets what is still recorded, and then the source's own bytes.
/// </remarks>
internal sealed partial class ReplayBody : IDisposable, IAsyncDisposable
{
    // Guards all that changes. Never held while the source is called.
    private readonly Lock _gate = new();
    private readonly ReplayRecord _record;
    private readonly List<ReplayReader> _readers = new(1);
    private readonly int _maxBytes;
    private bool _isRecording;
    private bool _isStartKept = true;
    private bool _isTooLong;
    private bool _isDisposed;

    /// <param name="source">The body. Read by nobody else from here on; stays the caller's.</param>
    /// <param name="contentLength">Its announced length; 0 for a request without a body, which is never read then.</param>
    /// <param name="maxBytes">How much is recorded at most; 0 or more. If more is announced, nothing is.</param>
    /// <param name="clientAborted">Ends reads of the source.</param>
    /// <param name="pool">Where the record's memory comes from; the shared one if null.</param>
    public ReplayBody(Stream source, long? contentLength, int maxBytes, CancellationToken clientAborted, ArrayPool<byte>? pool = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        _source = source;
        _contentLength = contentLength;
        _maxBytes = maxBytes;
        _clientAborted = clientAborted;
        _record = new ReplayRecord(pool ?? CountedPool.Shared);
        _isEnded = contentLength == 0;
        _isTooLong = contentLength > maxBytes;
        _isRecording = !_isTooLong;
    }

    /// <summary>A request's body, whatever has looked into it before. Nothing else may read it from here on.</summary>
    /// <param name="request">The client's request.</param>
    /// <param name="maxBytes">How much is recorded at most.</param>
    public static ReplayBody Of(HttpRequest request, int maxBytes)
    {
        // The server's own stream hands tokens on to the server, which some of its bodies do not survive.
        var source = request.Body as ReadOnlyStream ?? new PeekedBody(request.BodyReader, examined: 0);
        return new ReplayBody(source, BodyFormat.HasBody(request) ? request.ContentLength : 0, maxBytes, request.HttpContext.RequestAborted);
    }

    /// <summary>
    /// Whether one more reader would get the whole body: no once it is too long, was released, or its source failed. An empty body
    /// can always be replayed.
    /// </summary>
    public bool CanReplay
    {
        get
        {
            lock (_gate)
            {
                return CanReplayUnsynchronized;
            }
        }
    }

    /// <summary>Whether the body is longer than what is recorded of one, as far as that is known.</summary>
    public bool IsTooLong
    {
        get
        {
            lock (_gate)
            {
                return _isTooLong;
            }
        }
    }

    /// <summary>
    /// Whether a reader opened now would get the whole body if no other were open. More than <see cref="CanReplay"/>: also a body
    /// that is too long, as long as nothing was taken of it, as where the connection was refused.
    /// </summary>
    public bool IsStartKept
    {
        get
        {
            lock (_gate)
            {
                return _isStartKept && _fault is null;
            }
        }
    }

    /// <summary>Whether the whole body is recorded.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_gate)
            {
                return _isEnded && CanReplayUnsynchronized;
            }
        }
    }

    /// <summary>
    /// What is recorded; the whole body when <see cref="IsComplete"/>. Void after <see cref="Release"/> and <see cref="Dispose"/>: where
    /// another attempt may win meanwhile, use <see cref="Inspect"/>.
    /// </summary>
    public ReadOnlySequence<byte> Recorded
    {
        get
        {
            lock (_gate)
            {
                return _record.Bytes;
            }
        }
    }

    /// <summary>
    /// Lets <paramref name="look"/> see the whole body, which stays recorded meanwhile; null where it is not <see cref="IsComplete"/>. Readers
    /// wait for it: for a pass over the body at most.
    /// </summary>
    public TResult? Inspect<TResult>(Func<ReadOnlySequence<byte>, TResult?> look)
        where TResult : class
    {
        lock (_gate)
        {
            return _isEnded && CanReplayUnsynchronized ? look(_record.Bytes) : null;
        }
    }

    private bool CanReplayUnsynchronized => _fault is null && !_isDisposed && (_isRecording || (_isEnded && _record.Length == 0));

    /// <summary>
    /// The body from its start, for one attempt, which disposes it when it is over. Where that cannot be had any more
    /// its reads fail with <see cref="IOException"/>; a body that is too long is for one reader alone.
    /// </summary>
    public Stream OpenReader()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var isAlive = _isRecording || CanReplayUnsynchronized || (_isStartKept && _readers.Count == 0);
            var reader = new ReplayReader(this) { IsLost = !isAlive };
            if (isAlive)
            {
                _readers.Add(reader);
            }

            return reader;
        }
    }

    /// <summary>
    /// Reads the rest of the source into the record. False where it cannot be replayed: it is too long, was released, or the source
    /// failed. What was recorded is not lost to a reader by that.
    /// </summary>
    /// <exception cref="OperationCanceledException">The wait was ended; no byte is lost.</exception>
    public async ValueTask<bool> CompleteAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task? pending;
            lock (_gate)
            {
                if (_isEnded || !CanReplayUnsynchronized)
                {
                    return CanReplayUnsynchronized;
                }

                pending = JoinOrBegin();
            }

            if (pending is null)
            {
                _ = ReadIntoRecordAsync();
            }
            else
            {
                await pending.WaitAsync(cancellationToken);
            }
        }
    }
}
