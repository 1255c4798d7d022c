using EdgeProxy.Attempts;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Attempts;

/// <summary>What happens to the record once an upstream has taken the request, and at the end.</summary>
public sealed class ReplayBodyReleaseTests
{
    private readonly CountingPool _pool = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Release_ReaderInTheMiddle_GivesBackWhatItReadAndGoesOnWithTheRest()
    {
        var source = new ScriptedBody();
        await using var body = Create(source);
        source.Give(300_000);
        using var first = body.OpenReader();
        await first.ReadExactlyAsync(new byte[300_000], Token);
        using var second = body.OpenReader();
        await second.ReadExactlyAsync(new byte[200_000], Token);
        Assert.InRange(_pool.HeldBytes, 300_000, 300_000 + ReplayRecord.MaxSegmentBytes);

        body.Release(second);

        Assert.InRange(_pool.HeldBytes, 100_000, 100_000 + (2 * ReplayRecord.MaxSegmentBytes));
        Assert.Equal((false, false, false), (body.CanReplay, body.IsComplete, body.IsStartKept));
        await ReplayReading.FailsAsync<IOException>(first);
        await ReplayReading.FailsAsync<IOException>(body.OpenReader());
        source.Give(500_000);
        source.End();
        var rents = _pool.Rents;
        Assert.Equal(ScriptedBody.Bytes(200_000, 600_000), await ReplayReading.ToEndAsync(second, 4096));
        Assert.Equal((rents, 0), (_pool.Rents, _pool.HeldArrays));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Release_ReaderThatHasReadAll_GivesEverythingBackAtOnce(bool named)
    {
        await using var body = Create(ScriptedBody.Whole(300_000));
        using var behind = body.OpenReader();
        using var reader = body.OpenReader();
        await ReplayReading.ToEndAsync(reader, 4096);
        Assert.True(body.IsComplete);

        body.Release(named ? reader : null);

        Assert.Equal(0, _pool.HeldArrays);
        Assert.True(body.Recorded.IsEmpty);
        Assert.False(body.IsComplete);
        Assert.Equal(0, await reader.ReadAsync(new byte[1], Token));
        await ReplayReading.FailsAsync<IOException>(behind);
    }

    [Fact]
    public async Task Release_TwiceOrWithoutReaders_GivesEverythingBackOnce()
    {
        await using var body = Create(ScriptedBody.Whole(100_000));
        Assert.True(await body.CompleteAsync(Token));

        body.Release();
        body.Release();

        _pool.AssertAllReturned();
        await ReplayReading.FailsAsync<IOException>(body.OpenReader());
    }

    [Fact]
    public async Task Release_ReadOfTheSourcePending_ItsBytesComeBeforeTheRest()
    {
        var source = new ScriptedBody();
        await using var body = Create(source);
        using var reader = body.OpenReader();
        using var cancel = new CancellationTokenSource();
        var cancelled = reader.ReadAsync(new byte[10], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        body.Release(reader);
        Assert.Equal(1, _pool.HeldArrays);
        var rest = ReplayReading.ToEndAsync(reader, 100);
        source.Give(10_000);
        source.End();

        Assert.Equal(ScriptedBody.Bytes(0, 10_000), await rest);
        Assert.Equal(0, _pool.HeldArrays);
    }

    [Fact]
    public async Task Release_LoserIsWaiting_ItsReadFailsAtOnce()
    {
        var source = new ScriptedBody();
        await using var body = Create(source);
        using var winner = body.OpenReader();
        using var loser = body.OpenReader();
        var lost = loser.ReadAsync(new byte[1], Token).AsTask();

        body.Release(winner);

        await Assert.ThrowsAsync<IOException>(() => lost.WaitAsync(Patience.Limit, TimeProvider.System, Token));
        source.Give(1);
        Assert.Equal(1, await winner.ReadAsync(new byte[1], Token));
    }

    [Fact]
    public async Task Close_AfterTheRelease_GivesTheRestBack()
    {
        await using var body = Create(ScriptedBody.Whole(100_000));
        var reader = body.OpenReader();
        Assert.True(await body.CompleteAsync(Token));
        body.Release(reader);
        Assert.NotEqual(0, _pool.HeldArrays);

        await reader.DisposeAsync();

        Assert.Equal(0, _pool.HeldArrays);
    }

    [Fact]
    public async Task Close_WhileItReads_EndsTheReadAndLeavesItsBytes()
    {
        var source = new ScriptedBody();
        await using var body = Create(source);
        var first = body.OpenReader();
        var reading = first.ReadAsync(new byte[10], Token).AsTask();

        await first.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.WaitAsync(Patience.Limit, TimeProvider.System, Token));
        source.Give(5);
        source.End();
        Assert.Equal(ScriptedBody.Bytes(0, 5), await ReplayReading.ToEndAsync(body.OpenReader(), 10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Close_WhileItReadsTheSourceItself_EndsThatRead(int size)
    {
        var source = new ScriptedBody();
        await using var body = new ReplayBody(source, 1, 0, default, _pool);
        var first = body.OpenReader();
        var reading = first.ReadAsync(new byte[size], Token).AsTask();

        await first.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience.Limit, TimeProvider.System, Token));
        Assert.False(source.IsReadPending);
        Assert.Equal(size == 0, body.IsStartKept);
        source.Give(1);
        if (size == 0)
        {
            Assert.Equal(1, await body.OpenReader().ReadAsync(new byte[1], Token));
        }
    }

    [Fact]
    public async Task Dispose_SourceDoesNotLetGo_BufferStaysUntilItHas()
    {
        var source = new StubbornBody();
        var body = Create(source);
        var reading = body.OpenReader().ReadAsync(new byte[10], Token).AsTask();

        body.Dispose();
        await Assert.ThrowsAsync<IOException>(() => reading.WaitAsync(Patience.Limit, TimeProvider.System, Token));
        var ended = body.DisposeAsync().AsTask();
        Assert.False(ended.IsCompleted);
        Assert.Equal(1, _pool.HeldArrays);
        source.Finish();
        await ended.WaitAsync(Patience.Limit, TimeProvider.System, Token);

        _pool.AssertAllReturned();
        Assert.Throws<ObjectDisposedException>(() => body.OpenReader());
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public async Task Dispose_ReadPending_IsCancelledBeforeTheServerGetsItsBodyBack(int limit)
    {
        var source = new ScriptedBody();
        var body = new ReplayBody(source, 1, limit, default, _pool);
        var reading = body.OpenReader().ReadAsync(new byte[10], Token).AsTask();
        Assert.True(source.IsReadPending);

        await body.DisposeAsync().AsTask().WaitAsync(Patience.Limit, TimeProvider.System, Token);

        Assert.False(source.IsReadPending);
        await Assert.ThrowsAnyAsync<Exception>(() => reading.WaitAsync(Patience.Limit, TimeProvider.System, Token));
        body.Dispose();
        _pool.AssertAllReturned();
    }

    private ReplayBody Create(Stream source) => new(source, null, 1 << 20, default, _pool);

    /// <summary>Does not end a read for a token.</summary>
    private sealed class StubbornBody : MemoryStream
    {
        private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Finish() => _finished.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _finished.Task;
            buffer.Span.Fill(1);
            return buffer.Length;
        }
    }
}
