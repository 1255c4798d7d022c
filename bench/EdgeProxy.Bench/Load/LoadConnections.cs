namespace EdgeProxy.Bench.Load;

/// <summary>The load generator's connections: made a few at a time, served when they are ready, and, in a closed loop, asked again as often as they answer.</summary>
internal sealed class LoadConnections : IDisposable
{
    private const int MostConnecting = 256;
    private const int MostRetries = 3;

    private readonly LoadOptions _options;
    private readonly Epoll _epoll;
    private readonly LoadConnection[] _all;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(1 << 18, pinned: true);
    private LoadConnection?[] _byDescriptor = new LoadConnection?[1024];
    private int _begun;
    private int _retries;

    public LoadConnections(LoadOptions options, Epoll epoll, Meter meter)
    {
        _options = options;
        _epoll = epoll;
        _all = new LoadConnection[options.Streams];
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
            _all[index] = new(options, format, spec, meter);
        }
    }

    /// <summary>How many there are to be.</summary>
    public int Count => _all.Length;

    /// <summary>How many have sent their first request.</summary>
    public int Asked { get; private set; }

    /// <summary>How many have had the head of an answer.</summary>
    public int Answered { get; private set; }

    /// <summary>How many have nothing more to do, or broke.</summary>
    public int Over { get; private set; }

    /// <summary>How many the other side ended as it may, and were made anew.</summary>
    public long Reconnects { get; private set; }

    /// <summary>No answer is followed by another request.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Counts the answers that have not ended as broken.</summary>
    public void GiveUp()
    {
        foreach (var connection in _all)
        {
            if (connection.IsWaiting)
            {
                _ = connection.Fail(ViolationKind.BrokenConnection, "the answer did not end in time"u8);
            }
        }
    }

    public void Dispose()
    {
        foreach (var connection in _all)
        {
            Close(connection);
        }
    }

    /// <summary>Makes as many new connections as may be made by now.</summary>
    /// <param name="elapsed">Nanoseconds since the first.</param>
    public void Connect(long elapsed)
    {
        var allowed = 1 + (elapsed / (double)Clock.Second * _options.RampPerSecond);
        while (_begun < _all.Length && _begun < allowed && _begun - Asked - Over < MostConnecting)
        {
            Connect(_all[_begun++]);
        }
    }

    private void Connect(LoadConnection connection)
    {
        var descriptor = Tcp.BeginConnect(_options.EndPoint);
        if (descriptor < 0)
        {
            Fail(connection, "could not connect"u8);
            return;
        }

        if (descriptor >= _byDescriptor.Length)
        {
            Array.Resize(ref _byDescriptor, Math.Max(descriptor + 1, 2 * _byDescriptor.Length));
        }

        _byDescriptor[descriptor] = connection;
        connection.Attach(descriptor);
        _ = _epoll.TryAdd(descriptor, Epoll.Writable);
    }

    /// <summary>Serves the connection of a descriptor that is ready.</summary>
    public void Serve(int descriptor, bool isReadable, bool isWritable)
    {
        if (_byDescriptor[descriptor] is { } connection)
        {
            Serve(connection, isReadable, isWritable);
        }
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
        Answered += connection.WasAnswered && !wasAnswered ? 1 : 0;
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
            Asked += connection.WasAnswered ? 0 : 1;
            _epoll.Change(connection.Descriptor, Epoll.Readable);
        }

        return true;
    }

    private void OnAnswered(LoadConnection connection, LoadConnection.Turn turn)
    {
        if (IsEnding || !_options.IsClosedLoop)
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
            Reconnects++;
            Connect(connection);
        }
        else
        {
            OnOver(connection);
        }
    }

    private void OnOver(LoadConnection connection)
    {
        Over++;
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
            _byDescriptor[connection.Descriptor] = null;
            _ = Libc.Close(connection.Descriptor);
            connection.Descriptor = -1;
        }
    }
}
