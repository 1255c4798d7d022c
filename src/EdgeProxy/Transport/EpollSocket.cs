using System.Buffers;
using System.Net.Sockets;

namespace EdgeProxy.Transport;

/// <summary>
/// A socket on an <see cref="EventLoop"/>: non-blocking calls and the wait for when they are worth a try. One reader and one writer at
/// a time; <see cref="Close"/> may come from anywhere.
/// </summary>
internal sealed class EpollSocket
{
    // A socket that never runs dry lets the loop's others go first after so many reads.
    private const int ReadsPerTurn = 16;

    private readonly Readiness _readable = new();
    private readonly Readiness _writable = new();
    private readonly Readiness _sendTurn = new();
    private readonly SafeSocketHandle _handle;
    private int _reads;
    private volatile bool _mayHaveMore;
    private volatile bool _hasPeerEnded;
    private int _isClosed;

    /// <param name="socket">A socket that no asynchronous call was ever made on: the framework would watch it as well.</param>
    /// <param name="loop">Whose thread runs what waits.</param>
    public EpollSocket(Socket socket, EventLoop loop)
    {
        Socket = socket;
        Loop = loop;
        _handle = socket.SafeHandle;
        loop.Watch(this);
    }

    /// <summary>The framework's socket: for options, addresses and the end. Its own sends and receives would block.</summary>
    public Socket Socket { get; }

    /// <summary>Whose thread runs what waits.</summary>
    public EventLoop Loop { get; }

    /// <summary>What the loop knows this socket by.</summary>
    public ulong Token { get; set; }

    /// <summary>Whether a receive would not have to wait for what it is sure of: more bytes, or the end.</summary>
    public bool IsWorthATry => _mayHaveMore || _hasPeerEnded;

    /// <summary>Whether something arrived that nobody waited for: bytes, the end, or a failure. A connection that rests has none.</summary>
    public bool HasNews => _hasPeerEnded || IsClosed || ((_mayHaveMore || _readable.IsSignalled) && SocketCalls.HasNews(_handle));

    private bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    /// <summary>Completes when a receive is worth a try: bytes, the peer's end, a failure, or <see cref="Close"/>.</summary>
    public ValueTask WaitReadableAsync()
    {
        if (IsClosed)
        {
            return ValueTask.CompletedTask;
        }

        if (!_mayHaveMore && !_hasPeerEnded)
        {
            _reads = 0;
            return _readable.WaitAsync();
        }

        if (++_reads < ReadsPerTurn)
        {
            return ValueTask.CompletedTask;
        }

        _reads = 0;
        var turn = _readable.WaitAsync();
        if (!turn.IsCompleted)
        {
            Loop.Yield(this);
        }

        return turn;
    }

    /// <summary>Completes with 0 when a receive is worth a try, and receives nothing; the next wait completes at once then.</summary>
    public ValueTask<int> WaitForBytesAsync()
    {
        var wait = WaitReadableAsync();
        if (!wait.IsCompleted)
        {
            return _readable.AsCount();
        }

        _mayHaveMore = true;
        return new(0);
    }

    /// <summary>Completes when a send is worth a try after one that took nothing.</summary>
    public ValueTask WaitWritableAsync() => IsClosed ? ValueTask.CompletedTask : _writable.WaitAsync();

    /// <summary>Ends a wait for something to read with <see cref="OperationCanceledException"/>; the next one, without an edge, if there is none now.</summary>
    public void CancelRead(CancellationToken token) => _readable.Cancel(token);

    /// <summary>Ends a wait for room to write, as <see cref="CancelRead"/> does.</summary>
    public void CancelWrite(CancellationToken token) => _writable.Cancel(token);

    /// <summary>Receives what is there.</summary>
    /// <returns>The bytes taken, 0 at the peer's end, or -1 with the error; <see cref="SocketError.WouldBlock"/> says to wait.</returns>
    public int Receive(Span<byte> buffer, out SocketError error)
    {
        // What was told before this call, this call finds.
        _readable.Clear();
        var count = IsClosed ? SocketCalls.Closed(out error) : SocketCalls.Receive(_handle, buffer, out error);

        // Under edges, a read that left room has emptied the socket: epoll(7), question 9.
        _mayHaveMore = count == buffer.Length;
        return count;
    }

    /// <summary>Sends what fits.</summary>
    /// <returns>The bytes taken, or -1 with the error; <see cref="SocketError.WouldBlock"/> says to wait.</returns>
    public int Send(ReadOnlySpan<byte> bytes, out SocketError error) => IsClosed ? SocketCalls.Closed(out error) : SocketCalls.Send(_handle, bytes, out error);

    /// <summary>Sends what fits, of bytes that may lie in several places.</summary>
    /// <returns>As <see cref="Send(ReadOnlySpan{byte}, out SocketError)"/>.</returns>
    public int Send(in ReadOnlySequence<byte> bytes, out SocketError error) =>
        bytes.IsSingleSegment ? Send(bytes.FirstSpan, out error)
        : IsClosed ? SocketCalls.Closed(out error)
        : SocketCalls.Send(_handle, bytes, out error);

    /// <summary>What epoll told of this socket; runs who waits for it.</summary>
    public void OnEvents(uint events)
    {
        if ((events & (Epoll.PeerEnded | Epoll.HungUp | Epoll.Failed)) != 0)
        {
            // Told once, perhaps together with the last bytes: reads go on until they meet the end.
            _hasPeerEnded = true;
        }

        if ((events & ~Epoll.Writable) != 0)
        {
            _mayHaveMore = true;
            _readable.Signal();
        }

        if ((events & (Epoll.Writable | Epoll.HungUp | Epoll.Failed)) != 0)
        {
            _writable.Signal();
        }
    }

    /// <summary>Completes when it is time to send: at once, or after the events that the loop has at hand.</summary>
    public ValueTask WaitSendTurnAsync()
    {
        if (!Loop.TrySendLater(this))
        {
            return ValueTask.CompletedTask;
        }

        return _sendTurn.WaitAsync();
    }

    /// <summary>The turn that a sender waited for has come.</summary>
    public void OnSendTurn() => _sendTurn.Signal();

    /// <summary>The turn that a reader waited for has come.</summary>
    public void OnTurn() => _readable.Signal();

    /// <summary>Closes the socket; a second time does nothing. Who waits finds <see cref="SocketError.OperationAborted"/>.</summary>
    /// <param name="abort">Whether a reset tells the peer that this was no orderly end.</param>
    public void Close(bool abort)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
        {
            return;
        }

        Loop.Forget(this);
        if (abort)
        {
            // No time to linger: close(2) sends a reset.
            Socket.Close(timeout: 0);
        }
        else
        {
            EndSending();
            Socket.Dispose();
        }

        _readable.Signal();
        _writable.Signal();
    }

    private void EndSending()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }
    }
}
