namespace EdgeProxy.Bench.Load;

/// <summary>
/// One run of the load generator, on one thread: connects, warms up, measures, has the backend end all streams, and waits for their
/// ends. Tells on <paramref name="status"/> when the window opens and closes, so that who measures the target reads it then.
/// </summary>
/// <param name="options">What to do.</param>
/// <param name="status">Gets the lines <c>idle ready</c>, <c>window open</c> and <c>window close</c>, each at its moment.</param>
internal sealed class LoadRun(LoadOptions options, TextWriter status) : IDisposable
{
    private const int StandardInput = 0;
    private const int MostConnecting = 256;
    private const int MostRetries = 3;
    private const long LongestWait = 5 * Clock.Millisecond;
    private const long RampPatience = 60 * Clock.Second;
    private const long EndPatience = 30 * Clock.Second;

    // The blocking word with the backend stops this thread for a moment, which must not show as delay of events.
    private const long Settling = 100 * Clock.Millisecond;

    private readonly Epoll _epoll = new();
    private readonly BackendControl _control = new(options.Backend);
    private readonly Meter _meter = new();
    private readonly LoadConnection[] _all = new LoadConnection[options.Streams];
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(1 << 18, pinned: true);
    private LoadConnection?[] _connections = new LoadConnection?[1024];
    private Phase _phase;
    private long _phaseEnd;
    private long _start;
    private int _begun;
    private int _asked;
    private int _answered;
    private int _over;
    private int _retries;
    private long _reconnects;
    private bool _wasTold;
    private long _windowStart;
    private long _windowEnd;
    private long _cpu;
    private BackendStats? _stats;

    private enum Phase
    {
        Ramp,
        Warmup,
        Settle,
        Window,
        End,
        Over,
    }

    /// <summary>Runs to the end.</summary>
    public LoadResult Run()
    {
        Prepare();
        _start = Clock.Now;
        _phaseEnd = _start + RampPatience;
        while (_phase != Phase.Over)
        {
            Advance(Clock.Now);
            var count = _epoll.Wait(Math.Clamp(_phaseEnd - Clock.Now, 0, LongestWait));
            for (var index = 0; index < count; index++)
            {
                var (descriptor, isReadable, isWritable) = _epoll.Ready(index);
                if (descriptor == StandardInput)
                {
                    OnInput();
                }
                else if (_connections[descriptor] is { } connection)
                {
                    Serve(connection, isReadable, isWritable);
                }
            }
        }

        foreach (var connection in _all)
        {
            if (connection.IsWaiting)
            {
                _ = connection.Fail(ViolationKind.BrokenConnection, "the answer did not end in time"u8);
            }
        }

        return LoadReport.Of(options, _meter, _stats, _windowStart, _windowEnd, _cpu, _reconnects);
    }

    public void Dispose()
    {
        foreach (var connection in _all)
        {
            if (connection is { Descriptor: >= 0 })
            {
                _ = Libc.Close(connection.Descriptor);
            }
        }

        _control.Dispose();
        _epoll.Dispose();
    }

    private void Prepare()
    {
        var format = options.Scenario == StreamMode.Short ? EventFormat.OfAnswer(options.Bytes) : EventFormat.OfEvent(options.Bytes);
        for (var index = 0; index < _all.Length; index++)
        {
            var spec = new StreamSpec
            {
                Mode = options.Scenario,
                Stream = (uint)index,
                Bytes = options.Bytes,
                Batch = options.Batch,
                Rate = options.Rate,
                Phase = (double)index / _all.Length,
                Seconds = options.Scenario == StreamMode.Idle ? options.Warmup + options.Seconds + 120 : 0,
            };
            _all[index] = new(options, format, spec, _meter);
        }

        if (options.Scenario == StreamMode.Idle)
        {
            _ = _epoll.TryAdd(StandardInput, Epoll.Readable);
        }
    }

    private void Advance(long now)
    {
        var isOver = now >= _phaseEnd;
        switch (_phase)
        {
            case Phase.Ramp:
                Connect(now);
                if (isOver || (options.Scenario == StreamMode.Idle ? _asked : _answered) + _over >= _all.Length)
                {
                    if (options.Scenario == StreamMode.Idle)
                    {
                        status.WriteLine("idle ready");
                    }

                    Enter(Phase.Warmup, now + Clock.FromSeconds(options.Warmup));
                }

                break;
            case Phase.Warmup when isOver || _wasTold:
                _control.Reset();
                Enter(Phase.Settle, Clock.Now + Settling);
                break;
            case Phase.Settle when isOver:
                OpenWindow();
                break;
            case Phase.Window when isOver || _wasTold:
                CloseWindow();
                break;
            case Phase.End when isOver || _over >= _all.Length:
                _phase = Phase.Over;
                break;
        }
    }

    private void Enter(Phase phase, long end)
    {
        _phase = phase;
        _phaseEnd = end;
    }

    private void OpenWindow()
    {
        status.WriteLine("window open");
        _cpu = Clock.ProcessCpu;
        _windowStart = Clock.Now;
        _meter.IsOpen = true;
        Enter(Phase.Window, _windowStart + Clock.FromSeconds(options.Seconds));
    }

    private void CloseWindow()
    {
        _meter.IsOpen = false;
        _windowEnd = Clock.Now;
        _cpu = Clock.ProcessCpu - _cpu;
        status.WriteLine("window close");
        _stats = _control.Stats();
        _control.Release();
        Enter(Phase.End, Clock.Now + EndPatience);
    }

    // A line ends the wait of an idle run; the end of the input says nothing.
    private unsafe void OnInput()
    {
        var buffer = stackalloc byte[256];
        var count = Libc.Read(StandardInput, buffer, 256);
        if (count <= 0)
        {
            _epoll.Leave(StandardInput);
        }

        _wasTold |= count > 0;
    }

    private void Connect(long now)
    {
        var allowed = 1 + ((now - _start) / (double)Clock.Second * options.RampPerSecond);
        while (_begun < _all.Length && _begun < allowed && _begun - _asked - _over < MostConnecting)
        {
            Connect(_all[_begun++]);
        }
    }

    private void Connect(LoadConnection connection)
    {
        var descriptor = Tcp.BeginConnect(options.EndPoint);
        if (descriptor < 0)
        {
            Fail(connection, "could not connect"u8);
            return;
        }

        if (descriptor >= _connections.Length)
        {
            Array.Resize(ref _connections, Math.Max(descriptor + 1, 2 * _connections.Length));
        }

        _connections[descriptor] = connection;
        connection.Attach(descriptor);
        _ = _epoll.TryAdd(descriptor, Epoll.Writable);
    }

    private void Serve(LoadConnection connection, bool isReadable, bool isWritable)
    {
        if (isWritable && !connection.HasAsked && !Ask(connection))
        {
            return;
        }

        if (!isReadable)
        {
            return;
        }

        var wasAnswered = connection.WasAnswered;
        var turn = connection.Receive(_buffer);
        _answered += connection.WasAnswered && !wasAnswered ? 1 : 0;
        if (turn != LoadConnection.Turn.Open)
        {
            OnAnswered(connection, turn);
        }
    }

    private bool Ask(LoadConnection connection)
    {
        if (!connection.Ask())
        {
            Fail(connection, "the request could not be sent"u8);
            return false;
        }

        if (connection.HasAsked)
        {
            _asked += connection.WasAnswered ? 0 : 1;
            _epoll.Change(connection.Descriptor, Epoll.Readable);
        }

        return true;
    }

    private void OnAnswered(LoadConnection connection, LoadConnection.Turn turn)
    {
        if (_phase == Phase.End || !options.IsClosedLoop)
        {
            OnOver(connection);
        }
        else if (turn == LoadConnection.Turn.Answered)
        {
            connection.Begin();
            if (!connection.Ask())
            {
                Fail(connection, "the request could not be sent"u8);
            }
            else if (!connection.HasAsked)
            {
                _epoll.Change(connection.Descriptor, Epoll.Readable | Epoll.Writable);
            }
        }
        else if (turn == LoadConnection.Turn.AnsweredAndClosed || _retries++ < MostRetries)
        {
            Close(connection);
            _reconnects++;
            Connect(connection);
        }
        else
        {
            OnOver(connection);
        }
    }

    private void OnOver(LoadConnection connection)
    {
        _over++;
        Close(connection);
    }

    private void Fail(LoadConnection connection, ReadOnlySpan<byte> text)
    {
        _ = connection.Fail(ViolationKind.BrokenConnection, text);
        OnOver(connection);
    }

    private void Close(LoadConnection connection)
    {
        if (connection.Descriptor >= 0)
        {
            _connections[connection.Descriptor] = null;
            _ = Libc.Close(connection.Descriptor);
            connection.Descriptor = -1;
        }
    }
}
