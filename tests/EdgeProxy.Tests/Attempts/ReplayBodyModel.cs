using System.Buffers;
using EdgeProxy.Attempts;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Attempts;

/// <summary>
/// Does anything to a <see cref="ReplayBody"/> in any order, and knows what each reader has to see. The source's bytes are numbered, so all
/// that has to be remembered of a reader is how far it came.
/// </summary>
internal sealed class ReplayBodyModel : IAsyncDisposable
{
    private readonly int _limit;
    private readonly CountingPool _pool = new();
    private readonly ScriptedBody _source = new();
    private readonly ReplayBody _body;
    private readonly List<Reader> _readers = [];
    private CancellationTokenSource? _completeCancel;
    private Task<bool>? _complete;
    private long _given;
    private bool _ended;
    private IOException? _fault;
    private bool _released;
    private bool _records = true;

    public ReplayBodyModel(int limit)
    {
        _limit = limit;
        _body = new ReplayBody(_source, null, limit, default, _pool);
    }

    private IEnumerable<Reader> Alive => _readers.Where(reader => !reader.Closed && !reader.Stream.IsLost);

    private bool SourceIsDone => _ended || _fault is not null;

    /// <summary>Does one thing; numbers that make no sense here are bent until they do.</summary>
    public async Task DoAsync(int what, int which, int amount)
    {
        var reader = _readers.Count == 0 ? null : _readers[which % _readers.Count];
        var before = Alive.ToDictionary(alive => alive, alive => alive.Position);
        switch (what)
        {
            case 0 when _readers.Count < 6:
                _readers.Add(new Reader((ReplayReader)_body.OpenReader()));
                break;
            case 1 or 2 when reader is { Reading: null }:
                reader.Begin(what == 1 ? amount : 0);
                break;
            case 3 when reader is { Reading: not null } && !MustEnd(reader):
                await reader.Cancel!.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(reader.Reading));
                reader.Reading = null;
                break;
            case 4 or 5 or 6 when !SourceIsDone:
                _given += amount;
                _source.Give(amount);
                break;
            case 7 when !SourceIsDone && which == 0:
                _ended = true;
                _source.End();
                break;
            case 8 when !SourceIsDone && which == 1:
                _fault = new IOException("source");
                _source.Fail(_fault);
                break;
            case 9 when which <= 1:
                _body.Release(which == 0 ? reader?.Stream : null);
                _released = true;
                break;
            case 10 when reader is not null:
                reader.Closed = true;
                await reader.Stream.DisposeAsync();
                break;
            case 11 when _complete is null:
                _completeCancel = new CancellationTokenSource();
                _complete = _body.CompleteAsync(_completeCancel.Token).AsTask();
                break;
            case 12 when _complete is { IsCompleted: false } && !MustComplete():
                await _completeCancel!.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Soon(_complete));
                _complete = null;
                break;
        }

        await SettleAsync();
        CheckWhoIsLeft(before);
        CheckState();
    }

    /// <summary>The source ends, and every reader that is still alive gets all of it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!SourceIsDone)
        {
            _ended = true;
            _source.End();
        }

        await SettleAsync();
        foreach (var reader in Alive.ToArray())
        {
            while (!reader.IsAtItsEnd && !reader.Stream.IsLost)
            {
                reader.Begin(3000);
                await SettleAsync();
            }
        }

        Assert.All(Alive, reader => Assert.Equal(_given, reader.Position));
        await Soon(_body.DisposeAsync().AsTask());
        _pool.AssertAllReturned();
    }

    /// <summary>Every read that has something to tell ends, with the right thing; no other does.</summary>
    private async Task SettleAsync()
    {
        bool again;
        do
        {
            again = false;
            if (_complete is not null && MustComplete())
            {
                var isComplete = await Soon(_complete);
                Assert.Equal(_body.IsComplete, isComplete);
                _complete = null;
                again = true;
            }

            foreach (var reader in _readers.Where(reader => reader.Reading is not null && MustEnd(reader)))
            {
                await EndAsync(reader);
                again = true;
            }
        }
        while (again);

        Assert.True(_complete is null or { IsCompleted: false });
        Assert.All(_readers, reader => Assert.True(reader.Reading is null or { IsCompleted: false }));
    }

    private bool MustEnd(Reader reader) => reader.Closed || reader.Stream.IsLost || reader.Position < _given || SourceIsDone;

    private bool MustComplete() => SourceIsDone || !_body.CanReplay || _given > _limit;

    private async Task EndAsync(Reader reader)
    {
        // Who was taken for alive may lose its body while we wait.
        int count;
        try
        {
            count = await Soon(reader.Reading!);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or OperationCanceledException)
        {
            reader.Reading = null;
            reader.IsAtItsEnd = true;
            Assert.True(
                fault is not IOException ? reader.Closed
                : fault == _fault ? reader.Position == _given
                : reader.Stream.IsLost && !reader.Closed);
            return;
        }

        reader.Reading = null;
        Assert.Equal(ScriptedBody.Bytes(reader.Position, count), reader.Buffer[..count]);
        reader.Position += count;
        if (count == 0 && reader.Buffer.Length > 0)
        {
            reader.IsAtItsEnd = true;
            Assert.True(_ended && reader.Position == _given);
        }
    }

    /// <summary>While it records nobody is lost; after that one is left: of those that were there, one that was not behind.</summary>
    private void CheckWhoIsLeft(Dictionary<Reader, long> before)
    {
        var overflowed = _source.Taken > _limit;
        if (_records && !overflowed && !_released)
        {
            Assert.All(_readers, reader => Assert.False(reader.Stream.IsLost));
        }
        else if (_records)
        {
            _records = false;
            var left = Alive.ToArray();
            Assert.True(left.Length <= 1);
            if (overflowed && !_released && before.Keys.Any(reader => !reader.Closed))
            {
                Assert.Equal(before.Where(pair => !pair.Key.Closed).Max(pair => pair.Value), before[Assert.Single(left)]);
            }
        }
    }

    private void CheckState()
    {
        if (_records)
        {
            Assert.Equal((!_source.IsFaultSeen, _source.IsEndSeen), (_body.CanReplay, _body.IsComplete));
        }
        else if (!_ended || _given > 0)
        {
            Assert.Equal((false, false), (_body.CanReplay, _body.IsComplete));
        }

        if (_body.IsComplete)
        {
            Assert.Equal(ScriptedBody.Bytes(0, _given), _body.Recorded.ToArray());
        }

        Assert.InRange(_pool.MostHeldBytes, 0, _limit + ReplayRecord.MaxSegmentBytes);
    }

    private static async Task<T> Soon<T>(Task<T> task) => await task.WaitAsync(Patience.Limit, TimeProvider.System);

    private static Task Soon(Task task) => task.WaitAsync(Patience.Limit, TimeProvider.System);

    private sealed class Reader(ReplayReader stream)
    {
        public ReplayReader Stream => stream;

        public long Position { get; set; }

        public byte[] Buffer { get; private set; } = [];

        public Task<int>? Reading { get; set; }

        public CancellationTokenSource? Cancel { get; private set; }

        public bool Closed { get; set; }

        public bool IsAtItsEnd { get; set; }

        public void Begin(int size)
        {
            Cancel = new CancellationTokenSource();
            Buffer = new byte[size];
            Reading = stream.ReadAsync(Buffer, Cancel.Token).AsTask();
        }
    }
}
