using EdgeProxy.Detection;

namespace EdgeProxy.Tests.Attempts;

/// <summary>
/// A request body whose bytes come when the test gives them. Their values follow from where they stand, so that a lost, doubled or moved
/// byte is seen. Refuses two reads at once, as servers' bodies do. A cancelled read takes nothing.
/// </summary>
internal sealed class ScriptedBody : ReadOnlyStream
{
    private static readonly byte[] Cycle = [.. Enumerable.Range(0, 65_521).Select(i => (byte)((i * 31) + (i >> 8)))];

    private readonly Lock _gate = new();
    private long _given;
    private bool _ended;
    private Exception? _fault;
    private Memory<byte> _buffer;
    private TaskCompletionSource<int>? _pending;

    /// <summary>How many bytes were read.</summary>
    public long Taken { get; private set; }

    /// <summary>How many reads were begun.</summary>
    public int Reads { get; private set; }

    public bool IsReadPending
    {
        get
        {
            lock (_gate)
            {
                return _pending is not null;
            }
        }
    }

    public bool IsEndSeen { get; private set; }

    public bool IsFaultSeen { get; private set; }

    private bool IsReady => Taken < _given || _ended || _fault is not null;

    /// <summary>The body's bytes from <paramref name="from"/>.</summary>
    public static byte[] Bytes(long from, long count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count;)
        {
            var cycle = Cycle.AsSpan((int)((from + i) % Cycle.Length));
            cycle = cycle[..(int)Math.Min(cycle.Length, count - i)];
            cycle.CopyTo(bytes.AsSpan(i));
            i += cycle.Length;
        }

        return bytes;
    }

    /// <summary>A body that is there from the start.</summary>
    public static ScriptedBody Whole(long length)
    {
        var body = new ScriptedBody();
        body.Give(length);
        body.End();
        return body;
    }

    public void Give(long count) => Change(() => _given += count);

    public void End() => Change(() => _ended = true);

    public void Fail(Exception fault) => Change(() => _fault = fault);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        TaskCompletionSource<int> pending;
        lock (_gate)
        {
            if (_pending is not null)
            {
                throw new InvalidOperationException("Concurrent reads are not supported.");
            }

            Reads++;
            cancellationToken.ThrowIfCancellationRequested();
            _buffer = buffer;
            if (IsReady)
            {
                return Take();
            }

            pending = _pending = new TaskCompletionSource<int>();
        }

        await using var registration = cancellationToken.UnsafeRegister(_ => Cancel(pending, cancellationToken), null).ConfigureAwait(false);
        return await pending.Task.ConfigureAwait(false);
    }

    private void Cancel(TaskCompletionSource<int> reading, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_pending != reading)
            {
                return;
            }

            _pending = null;
        }

        reading.SetCanceled(cancellationToken);
    }

    private void Change(Action change)
    {
        TaskCompletionSource<int>? pending;
        var count = 0;
        Exception? fault = null;
        lock (_gate)
        {
            change();
            if (_pending is null || !IsReady)
            {
                return;
            }

            (pending, _pending) = (_pending, null);
            try
            {
                count = Take();
            }
            catch (Exception e) when (e == _fault)
            {
                fault = e;
            }
        }

        // Runs what waits for it: when this is done, the reader has seen it.
        if (fault is null)
        {
            pending.SetResult(count);
        }
        else
        {
            pending.SetException(fault);
        }
    }

    private int Take()
    {
        if (_given == Taken && _fault is not null)
        {
            IsFaultSeen = true;
            throw _fault;
        }

        var count = (int)Math.Min(_buffer.Length, _given - Taken);
        IsEndSeen |= count == 0 && !_buffer.IsEmpty;
        Bytes(Taken, count).CopyTo(_buffer);
        Taken += count;
        return count;
    }
}
