namespace EdgeProxy.Bench.Load;

/// <summary>
/// One run of the load generator, on one thread: connects, warms up, measures, has the backend end all streams, and waits for their
/// ends. Tells when the window opens and closes, so that who measures the target reads it then.
/// </summary>
internal sealed class LoadRun : IDisposable
{
    private const int StandardInput = 0;
    private const long LongestWait = 5 * Clock.Millisecond;
    private const long RampPatience = 60 * Clock.Second;
    private const long EndPatience = 30 * Clock.Second;

    // The blocking word with the backend stops this thread for a moment, which must not show as delay of events.
    private const long Settling = 100 * Clock.Millisecond;

    private readonly Epoll _epoll = new();
    private readonly Meter _meter = new();
    private readonly LoadOptions _options;
    private readonly TextWriter _status;
    private readonly BackendControl _control;
    private readonly LoadConnections _connections;
    private Phase _phase;
    private long _phaseEnd;
    private long _start;
    private bool _wasTold;
    private long _windowStart;
    private long _windowEnd;
    private long _cpu;
    private long _cpuIdle;
    private BackendStats? _stats;

    /// <summary>Makes ready, and connects to the backend's control.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="status">Gets the lines <c>idle ready</c>, <c>window open</c> and <c>window close</c>, each at its moment.</param>
    public LoadRun(LoadOptions options, TextWriter status)
    {
        _options = options;
        _status = status;
        _control = new(options.Backend);
        _connections = new(options, _epoll, _meter);
    }

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
        if (_options.Scenario == StreamMode.Idle)
        {
            _ = _epoll.TryAdd(StandardInput, Epoll.Readable);
        }

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
                else
                {
                    _connections.Serve(descriptor, isReadable, isWritable);
                }
            }
        }

        _connections.GiveUp();
        return LoadReport.Of(_options, _meter, _stats, _windowStart, _windowEnd, _cpu, _cpuIdle, _connections.Reconnects);
    }

    public void Dispose()
    {
        _connections.Dispose();
        _control.Dispose();
        _epoll.Dispose();
    }

    private void Advance(long now)
    {
        var isOver = now >= _phaseEnd;
        switch (_phase)
        {
            case Phase.Ramp:
                _connections.Connect(now - _start);
                if (isOver || (_options.Scenario == StreamMode.Idle ? _connections.Asked : _connections.Answered) + _connections.Over >= _connections.Count)
                {
                    if (_options.Scenario == StreamMode.Idle)
                    {
                        _status.WriteLine("idle ready");
                    }

                    Enter(Phase.Warmup, now + Clock.FromSeconds(_options.Warmup));
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
            case Phase.End when isOver || _connections.Over >= _connections.Count:
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
        _status.WriteLine("window open");
        _cpu = Clock.ProcessCpu;
        _cpuIdle = OwnProcess.IdleTime(_options.Cpu);
        _windowStart = Clock.Now;
        _meter.IsOpen = true;
        Enter(Phase.Window, _windowStart + Clock.FromSeconds(_options.Seconds));
    }

    private void CloseWindow()
    {
        _meter.IsOpen = false;
        _windowEnd = Clock.Now;
        _cpu = Clock.ProcessCpu - _cpu;
        _cpuIdle = OwnProcess.IdleTime(_options.Cpu) - _cpuIdle;
        _status.WriteLine("window close");
        _stats = _control.Stats();
        _control.Release();
        _connections.IsEnding = true;
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
}
