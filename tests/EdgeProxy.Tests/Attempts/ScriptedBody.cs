using EdgeProxy.Detection;

namespace EdgeProxy.Tests.Attempts;

/// <summary>
/// A request body whose bytes come when the test gives them. The byte at n is <see cref="At"/>(n), so that a lost, doubled or moved byte
/// is seen. Refuses two reads at once, as servers' bodies do. A cancelled read takes nothing.
/// </summary>
internal sealed class ScriptedBody : ReadOnlyStream
{
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

    public static byte At(long position) => (byte)((position * 31) + (position >> 8));

    public static byte[] Bytes(long from, long count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = At(from + i);
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

            pending = _pending = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await using var registration = cancellationToken.UnsafeRegister(
            _ =>
            {
                lock (_gate)
                {
                    if (_pending == pending)
                    {
                        _pending = null;
                        pending.SetCanceled(cancellationToken);
                    }
                }
            },
            null);
        return await pending.Task;
    }

    private bool IsReady => Taken < _given || _ended || _fault is not null;

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            if (_pending is { } pending && IsReady)
            {
                _pending = null;
                try
                {
                    pending.SetResult(Take());
                }
                catch (Exception fault) when (fault == _fault)
                {
                    pending.SetException(fault);
                }
            }
        }
    }

    private int Take()
    {
        var count = (int)Math.Min(_buffer.Length, _given - Taken);
        if (_given == Taken && _fault is not null)
        {
            throw _fault;
        }

        Bytes(Taken, count).CopyTo(_buffer);
        Taken += count;
        return count;
    }
}
