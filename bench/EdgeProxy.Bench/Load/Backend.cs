using System.Net;
using System.Text.Json;

namespace EdgeProxy.Bench.Load;

/// <summary>
/// The bench's backend: plain HTTP/1.1 with kept connections on one thread, which answers each request as its <see cref="StreamSpec"/>
/// says. <c>GET /stats</c> tells about itself, <c>POST /reset</c> begins its counts anew, <c>POST /release</c> ends all streams well.
/// </summary>
internal sealed class Backend : IDisposable
{
    // So much goes to one socket before the others have their turn.
    private const int WritesInTurn = 4;
    private const int DueInTurn = 256;
    private const long LongestWait = Clock.Second;

    private readonly Epoll _epoll = new();
    private readonly PriorityQueue<BackendConnection, long> _schedule = new();
    private readonly Dictionary<int, EventFormat> _formats = [];
    private readonly Histogram _late = new();
    private readonly AnswerWriter _writer = new();
    private readonly int? _cpu;
    private readonly int _listener;
    private BackendConnection?[] _connections = new BackendConnection?[1024];
    private int _streams;
    private long _requests;
    private long _writes;
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
            var wait = _schedule.TryPeek(out _, out var due) ? Math.Min(due - Clock.Now, LongestWait) : LongestWait;
            var count = _epoll.Wait(wait);
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
            isAlive = Continue(connection);
        }

        Settle(connection, isAlive);
    }

    private bool Answer(BackendConnection connection, ReadOnlySpan<byte> request)
    {
        var line = request[..request.IndexOf("\r\n"u8)];
        if (line.StartsWith("GET /stats "u8))
        {
            return connection.Send(_writer.Document(JsonSerializer.SerializeToUtf8Bytes(Stats(), LoadJson.Default.BackendStats)));
        }

        if (line.StartsWith("POST /reset "u8))
        {
            Reset();
            return connection.Send(_writer.Document("{}"u8));
        }

        if (line.StartsWith("POST /release "u8))
        {
            Release();
            return connection.Send(_writer.Document("{}"u8));
        }

        _requests++;
        var query = line.IndexOf("?mode="u8);
        var model = request.IndexOf("\"bench:"u8);
        Begin(connection, StreamSpec.Parse(query >= 0 ? line[(query + 1)..] : model >= 0 ? request[(model + 7)..] : default));
        return Start(connection);
    }

    private void Begin(BackendConnection connection, StreamSpec spec)
    {
        var key = spec.Mode == StreamMode.Short ? -spec.Bytes : spec.Bytes;
        if (!_formats.TryGetValue(key, out var format))
        {
            format = spec.Mode == StreamMode.Short ? EventFormat.OfAnswer(Math.Max(spec.Bytes, 260)) : EventFormat.OfEvent(spec.Bytes);
            _formats.Add(key, format);
        }

        connection.Spec = spec;
        connection.Format = format;
        connection.Sequence = 0;
        connection.Owed = 0;
        connection.LargePosition = 0;
        connection.IsReleased = false;
        connection.IsAnswering = true;
        _streams++;
    }

    private bool Start(BackendConnection connection)
    {
        var now = Clock.Now;
        var spec = connection.Spec;
        connection.EndsAt = spec.Seconds > 0 ? now + Clock.FromSeconds(spec.Seconds) : long.MaxValue;
        connection.LargeTime = now;
        switch (spec.Mode)
        {
            case StreamMode.Paced:
                var period = Period(spec);
                var due = now - (now % period) + (long)(period * spec.Phase);
                Schedule(connection, due > now ? due : due + period);
                return connection.Send(AnswerWriter.StreamHead);
            case StreamMode.Idle:
                Schedule(connection, connection.EndsAt == long.MaxValue ? now : connection.EndsAt);
                return true;
            case StreamMode.Flat:
                return connection.Send(AnswerWriter.StreamHead) && Continue(connection);
            case StreamMode.Large:
                return connection.Send(AnswerWriter.StreamHead) && Continue(connection);
            case StreamMode.Short:
                return End(connection, _writer.Answer(connection, now));
            default:
                return End(connection, _writer.WholeStream(connection, now));
        }
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

            if (connection.Spec.Mode == StreamMode.Idle)
            {
                Settle(connection, End(connection, _writer.WholeStream(connection, now)));
                continue;
            }

            _late.Record(now - due);
            Schedule(connection, due + Period(connection.Spec));
            connection.Owed++;
            Settle(connection, WriteOwed(connection));
        }
    }

    // What the socket did not take goes first; then whatever the mode has to write.
    private bool Continue(BackendConnection connection)
    {
        if (connection.HasPending)
        {
            _writes++;
            if (!connection.SendPending())
            {
                return false;
            }
        }

        if (!connection.IsAnswering)
        {
            return true;
        }

        return connection.Spec.Mode switch
        {
            StreamMode.Paced => WriteOwed(connection),
            StreamMode.Flat => WriteFlat(connection),
            StreamMode.Large => WriteLarge(connection),
            _ => true,
        };
    }

    private bool WriteOwed(BackendConnection connection)
    {
        while (connection.Owed > 0 && !connection.HasPending && connection.IsAnswering)
        {
            connection.Owed--;
            if (!WriteBatch(connection))
            {
                return false;
            }
        }

        return true;
    }

    private bool WriteFlat(BackendConnection connection)
    {
        for (var turn = 0; turn < WritesInTurn && !connection.HasPending && connection.IsAnswering; turn++)
        {
            if (!WriteBatch(connection))
            {
                return false;
            }
        }

        return true;
    }

    private bool WriteBatch(BackendConnection connection)
    {
        var now = Clock.Now;
        var spec = connection.Spec;
        var isLast = connection.IsReleased || now >= connection.EndsAt || (spec.Count > 0 && connection.Sequence + spec.Batch >= spec.Count);
        var bytes = _writer.Batch(connection, now, isLast);
        if (isLast)
        {
            return End(connection, bytes);
        }

        _writes++;
        return connection.Send(bytes);
    }

    private bool WriteLarge(BackendConnection connection)
    {
        for (var turn = 0; turn < WritesInTurn && !connection.HasPending; turn++)
        {
            var bytes = _writer.LargePiece(connection, out var isLast);
            if (isLast)
            {
                return End(connection, bytes);
            }

            _writes++;
            if (!connection.Send(bytes))
            {
                return false;
            }
        }

        return true;
    }

    private bool End(BackendConnection connection, ReadOnlySpan<byte> bytes)
    {
        _streams--;
        _writes++;
        connection.IsAnswering = false;
        return connection.Send(bytes);
    }

    private void Settle(BackendConnection connection, bool isAlive)
    {
        if (!isAlive)
        {
            _streams -= connection.IsAnswering ? 1 : 0;
            connection.IsClosed = true;
            connection.IsAnswering = false;
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

    private void Schedule(BackendConnection connection, long due)
    {
        connection.Due = due;
        _schedule.Enqueue(connection, due);
    }

    // Idle streams end one after another, so that the ends are not one burst.
    private void Release()
    {
        var due = Clock.Now;
        foreach (var connection in _connections)
        {
            if (connection is { IsAnswering: true })
            {
                connection.IsReleased = true;
                if (connection.Spec.Mode == StreamMode.Idle)
                {
                    Schedule(connection, due += 100 * Clock.Microsecond);
                }
            }
        }
    }

    private void Reset()
    {
        _late.Clear();
        _requests = 0;
        _writes = 0;
        _writer.Events = 0;
        _cpuAtReset = Clock.ProcessCpu;
    }

    private BackendStats Stats() => new(
        Environment.ProcessId,
        _cpu,
        _streams,
        Clock.ProcessCpu - _cpuAtReset,
        _requests,
        _writer.Events,
        _writes,
        _late.Percentile(50) / 1e3,
        _late.Percentile(99) / 1e3,
        _late.Max / 1e3);

    private static long Period(StreamSpec spec) => Math.Max(1, (long)(Clock.Second * spec.Batch / spec.Rate));
}
