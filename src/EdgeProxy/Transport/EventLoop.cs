using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.Transport;

/// <summary>
/// A thread that watches sockets by one epoll instance and runs the code that waits for them itself, without a hop to another thread.
/// So nothing that blocks may run in a continuation: it would hold up every connection of the loop.
/// </summary>
internal sealed unsafe class EventLoop
{
    // Events taken at a time: enough that a busy loop's one wait serves many sockets, few enough that posted work is not late.
    private const int Batch = 256;
    private const ulong WakeUpToken = ulong.MaxValue;

    [ThreadStatic]
    private static EventLoop? _current;

    private readonly SafeFileHandle _epoll = Epoll.Create();
    private readonly SafeFileHandle _wakeUp = Epoll.CreateWakeUp();
    private readonly ConcurrentQueue<EpollSocket> _turns = new();
    private readonly SocketTable _sockets = new();
    private readonly Queue<EpollSocket> _senders = new();
    private readonly Queue<IThreadPoolWorkItem> _soon = new();
    private int _isAsleep;
    private bool _hasMore;

    /// <summary>Starts the thread.</summary>
    /// <param name="number">What tells this loop from the others in its thread's name.</param>
    public EventLoop(int number)
    {
        Epoll.Add(_epoll, _wakeUp, Epoll.Readable | Epoll.EdgeTriggered, WakeUpToken);
        new Thread(Run) { IsBackground = true, Name = $"EdgeProxy loop {number}" }.Start();
    }

    /// <summary>The loop whose thread this is, or null.</summary>
    public static EventLoop? Current => _current;

    /// <summary>
    /// Runs something after what the calling thread is at, never inside it: on the thread's own event loop, or on the thread pool if it has none.
    /// </summary>
    public static void RunSoon(IThreadPoolWorkItem work)
    {
        if (_current is { } loop)
        {
            loop._soon.Enqueue(work);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: true);
        }
    }

    /// <summary>Whether the calling thread is a loop's with more events at hand: what is done now holds others up.</summary>
    public static bool IsBusy => _current is { _hasMore: true };

    /// <summary>Watches a socket until <see cref="Forget"/>. Its events may come before this returns.</summary>
    public void Watch(EpollSocket socket)
    {
        _sockets.Add(socket);
        try
        {
            Epoll.Add(_epoll, socket.Socket.SafeHandle, Epoll.Readable | Epoll.Writable | Epoll.PeerEnded | Epoll.EdgeTriggered, socket.Token);
        }
        catch
        {
            _sockets.Remove(socket);
            throw;
        }
    }

    /// <summary>Ends a watch; the kernel ends its own when the socket is closed.</summary>
    public void Forget(EpollSocket socket) => _sockets.Remove(socket);

    /// <summary>Lets a socket that could read on wait until the others had their turn.</summary>
    public void Yield(EpollSocket socket)
    {
        _turns.Enqueue(socket);
        if (_current != this)
        {
            WakeUp();
        }
    }

    /// <summary>
    /// Whether what a socket has to send is better sent when the events at hand are handled: sends that follow each other closely wake
    /// their receivers once, and a wake-up of another processor costs as much as all else that an event costs.
    /// </summary>
    public bool TrySendLater(EpollSocket socket)
    {
        if (_current != this || !_hasMore)
        {
            return false;
        }

        _senders.Enqueue(socket);
        return true;
    }

    private void WakeUp()
    {
        if (Interlocked.Exchange(ref _isAsleep, 0) == 1)
        {
            Epoll.WakeUp(_wakeUp);
        }
    }

    private void Run()
    {
        _current = this;
        var events = stackalloc byte[Epoll.BufferSize(Batch)];
        while (true)
        {
            Volatile.Write(ref _isAsleep, 1);
            Interlocked.MemoryBarrier();
            var count = Epoll.Wait(_epoll, events, Batch, forever: _turns.IsEmpty);
            Volatile.Write(ref _isAsleep, 0);
            for (var i = 0; i < count; i++)
            {
                _hasMore = i < count - 1;
                var (changes, token) = Epoll.Read(events, i);
                if (token == WakeUpToken)
                {
                    Epoll.Reset(_wakeUp);
                }
                else
                {
                    _sockets.Find(token)?.OnEvents(changes);
                }
            }

            RunDeferred();

            // Only those that asked before: a socket that always has more to read must not keep the loop from the others.
            for (var turns = _turns.Count; turns > 0 && _turns.TryDequeue(out var socket); turns--)
            {
                socket.OnTurn();
                RunDeferred();
            }
        }
    }

    private void RunDeferred()
    {
        while (true)
        {
            if (_soon.TryDequeue(out var work))
            {
                work.Execute();
            }
            else if (_senders.TryDequeue(out var sender))
            {
                sender.OnSendTurn();
            }
            else
            {
                return;
            }
        }
    }
}
