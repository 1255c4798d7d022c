using System.Net;
using System.Text.Json;

namespace EdgeProxy.Bench.Load;

/// <summary>
/// The bench's backend: plain HTTP/1.1 with kept connections on one thread, which answers each request as its <see cref="StreamSpec"/>
/// says. <c>GET /stats</c> tells about itself, <c>POST /reset</c> begins its counts anew, <c>POST /release</c> ends all streams well.
/// </summary>
internal sealed class Backend : IDisposable
{
    private const int DueInTurn = 256;
    private const long LongestWait = Clock.Second;

    // A wait costs as much as the write that it is for: one that is shorter than this takes the next writes along. With the kernel's
    // own slack (50 µs) two or three writes of 20,000 a second go out together, each to another stream.
    private const long ShortestWait = 50 * Clock.Microsecond;

    private readonly Epoll _epoll = new();
    private readonly PriorityQueue<BackendConnection, long> _schedule = new();
    private readonly Histogram _late = new();
    private readonly BackendStreams _streams = new();
    private readonly int? _cpu;
    private readonly int _listener;
    private BackendConnection?[] _connections = new BackendConnection?[1024];
    private long _requests;
    private long _cpuAtReset;

    /// <summary>Listens.</summary>
    /// <param name="endPoint">Where; port 0 takes a free one.</param>
    /// <param name="cpu">The CPU that it was pinned to, for its own report.</param>
    public Backend(IPEndPoint endPoint, int? cpu)
    {
        _cpu = cpu;
        (_listener, Port) = Tcp.Listen(endPoint);
        _ = _epoll.TryAdd(_listener, Epoll.Readable);
    }

    /// <summary>The port on which it listens.</summary>
    public int Port { get; }

    /// <summary>Serves until cancelled; looks for that once a second.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            WriteDue();
            var count = _epoll.Wait(_schedule.TryPeek(out _, out var due) ? Wait(due - Clock.Now) : LongestWait);
            for (var index = 0; index < count; index++)
            {
                var (descriptor, isReadable, isWritable) = _epoll.Ready(index);
                if (descriptor == _listener)
                {
                    AcceptAll();
                }
                else if (_connections[descriptor] is { } connection)
                {
                    Serve(connection, isReadable, isWritable);
                }
            }
        }
    }

    public void Dispose()
    {
        _ = Libc.Close(_listener);
        _epoll.Dispose();
    }

    private void AcceptAll()
    {
        while (Tcp.Accept(_listener) is var descriptor and >= 0)
        {
            if (descriptor >= _connections.Length)
            {
                Array.Resize(ref _connections, Math.Max(descriptor + 1, 2 * _connections.Length));
            }

            _connections[descriptor] = new(descriptor);
            _ = _epoll.TryAdd(descriptor, Epoll.Readable);
        }
    }

    private void Serve(BackendConnection connection, bool isReadable, bool isWritable)
    {
        var isAlive = true;
        if (isReadable)
        {
            isAlive = connection.Receive();
            if (isAlive && !connection.IsAnswering && connection.TryTakeRequest(out var request))
            {
                isAlive = Answer(connection, request);
            }
        }

        if (isAlive && isWritable)
        {
            isAlive = _streams.Continue(connection);
        }

        Settle(connection, isAlive);
    }

    private bool Answer(BackendConnection connection, ReadOnlySpan<byte> request)
    {
        var line = request[..request.IndexOf("\r\n"u8)];
        if (line.StartsWith("GET /stats "u8))
        {
            return _streams.Answer(connection, JsonSerializer.SerializeToUtf8Bytes(Stats(), LoadJson.Default.BackendStats));
        }

        if (line.StartsWith("POST /reset "u8))
        {
            Reset();
            return _streams.Answer(connection, "{}"u8);
        }

        if (line.StartsWith("POST /release "u8))
        {
            Release();
            return _streams.Answer(connection, "{}"u8);
        }

        _requests++;
        var query = line.IndexOf("?mode="u8);
        var model = request.IndexOf("\"bench:"u8);
        var isAlive = _streams.Start(connection, StreamSpec.Parse(query >= 0 ? line[(query + 1)..] : model >= 0 ? request[(model + 7)..] : default));
        Schedule(connection);
        return isAlive;
    }

    private void WriteDue()
    {
        for (var turn = 0; turn < DueInTurn && _schedule.TryPeek(out var connection, out var due); turn++)
        {
            var now = Clock.Now;
            if (due > now)
            {
                return;
            }

            _ = _schedule.Dequeue();
            if (connection.IsClosed || !connection.IsAnswering || connection.Due != due)
            {
                continue;
            }

            if (connection.Spec.Mode == StreamMode.Paced)
            {
                _late.Record(now - due);
            }

            var isAlive = _streams.WriteDue(connection, now);
            Schedule(connection);
            Settle(connection, isAlive);
        }
    }

    private void Settle(BackendConnection connection, bool isAlive)
    {
        if (!isAlive)
        {
            _streams.Abandon(connection);
            connection.IsClosed = true;
            _connections[connection.Descriptor] = null;
            _ = Libc.Close(connection.Descriptor);
            return;
        }

        var wantsRoom = connection.HasPending || (connection.IsAnswering && connection.Spec.Mode is StreamMode.Flat or StreamMode.Large);
        if (wantsRoom != connection.WantsRoom)
        {
            connection.WantsRoom = wantsRoom;
            _epoll.Change(connection.Descriptor, wantsRoom ? Epoll.Readable | Epoll.Writable : Epoll.Readable);
        }
    }

    private void Schedule(BackendConnection connection)
    {
        if (connection.IsAnswering && connection.Due > 0)
        {
            _schedule.Enqueue(connection, connection.Due);
        }
    }

    // Streams that would write nothing for long end one after another, so that the ends are not one burst.
    private void Release()
    {
        var due = Clock.Now;
        foreach (var connection in _connections)
        {
            if (connection is { IsAnswering: true })
            {
                connection.IsReleased = true;
                if (connection.Due > due + Clock.Second)
                {
                    connection.Due = due += 100 * Clock.Microsecond;
                    Schedule(connection);
                }
            }
        }
    }

    private void Reset()
    {
        _late.Clear();
        _requests = 0;
        _streams.Reset();
        _cpuAtReset = Clock.ProcessCpu;
    }

    private BackendStats Stats() => new(
        Environment.ProcessId,
        _cpu,
        _streams.Active,
        Clock.ProcessCpu - _cpuAtReset,
        _requests,
        _streams.Events,
        _streams.Writes,
        _late.Percentile(50) / 1e3,
        _late.Percentile(99) / 1e3,
        _late.Max / 1e3);

    private static long Wait(long untilDue) => untilDue <= 0 ? 0 : Math.Clamp(untilDue, ShortestWait, LongestWait);
}
