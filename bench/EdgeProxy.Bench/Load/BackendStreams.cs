namespace EdgeProxy.Bench.Load;

/// <summary>Gives the backend's answers: what is written to a connection, and when the next write is due. Reads nothing and waits for nothing.</summary>
internal sealed class BackendStreams
{
    // So much goes to one socket before the others have their turn.
    private const int WritesInTurn = 4;

    private readonly Dictionary<int, EventFormat> _formats = [];
    private readonly AnswerWriter _writer = new();

    /// <summary>Answers that are being given.</summary>
    public int Active { get; private set; }

    /// <summary>Calls of <c>send</c> since <see cref="Reset"/>.</summary>
    public long Writes { get; private set; }

    /// <summary>Events written since then.</summary>
    public long Events => _writer.Events;

    /// <summary>Begins the counts anew.</summary>
    public void Reset()
    {
        Writes = 0;
        _writer.Events = 0;
    }

    /// <summary>Answers with a document, apart from all streams.</summary>
    /// <returns>False, here as below, when the connection is dead.</returns>
    public bool Answer(BackendConnection connection, ReadOnlySpan<byte> json) => connection.Send(_writer.Document(json));

    /// <summary>Begins the answer that a request asked for. Sets <see cref="BackendConnection.Due"/> where it goes on by time.</summary>
    public bool Start(BackendConnection connection, StreamSpec spec)
    {
        Begin(connection, spec);
        return Start(connection);
    }

    /// <summary>Does what is due now, and sets the next time.</summary>
    public bool WriteDue(BackendConnection connection, long now)
    {
        if (connection.Spec.Mode == StreamMode.Idle)
        {
            connection.Due = 0;
            return End(connection, _writer.WholeStream(connection, now));
        }

        connection.Due += Period(connection.Spec);
        connection.Owed++;
        return WriteOwed(connection);
    }

    /// <summary>The connection is dead: its answer is not given to the end.</summary>
    public void Abandon(BackendConnection connection)
    {
        Active -= connection.IsAnswering ? 1 : 0;
        connection.IsAnswering = false;
    }

    /// <summary>The socket has room: what it did not take goes first, then whatever the mode has to write.</summary>
    public bool Continue(BackendConnection connection)
    {
        if (connection.HasPending)
        {
            Writes++;
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

        Writes++;
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

            Writes++;
            if (!connection.Send(bytes))
            {
                return false;
            }
        }

        return true;
    }

    private bool End(BackendConnection connection, ReadOnlySpan<byte> bytes)
    {
        Active--;
        Writes++;
        connection.IsAnswering = false;
        return connection.Send(bytes);
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
        connection.Due = 0;
        connection.IsAnswering = true;
        Active++;
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
                connection.Due = due > now ? due : due + period;
                return connection.Send(AnswerWriter.StreamHead);
            case StreamMode.Idle:
                connection.Due = connection.EndsAt == long.MaxValue ? now : connection.EndsAt;
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

    private static long Period(StreamSpec spec) => Math.Max(1, (long)(Clock.Second * spec.Batch / spec.Rate));
}
