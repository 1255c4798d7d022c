using EdgeProxy.Attempts;

namespace EdgeProxy.Tests.Attempts;

/// <summary>Several attempts that read one body, after each other and at once.</summary>
public sealed class ReplayBodyReadersTests
{
    private readonly CountingPool _pool = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_CancelledWhileTheSourceIsSilent_BytesGoToTheNextAttempt()
    {
        var source = new ScriptedBody();
        await using var body = Create(source, null, 1 << 20);
        source.Give(10);
        using var first = body.OpenReader();
        await first.ReadExactlyAsync(new byte[10], Token);
        using var cancel = new CancellationTokenSource();
        var reading = first.ReadAsync(new byte[10], cancel.Token).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.True(source.IsReadPending); // what it gets is not lost
        using var second = body.OpenReader();
        var all = ReplayReading.ToEndAsync(second, 4096);
        source.Give(10);
        source.End();

        Assert.Equal(ScriptedBody.Bytes(0, 20), await all);
        Assert.Equal(ScriptedBody.Bytes(10, 10), await ReplayReading.ToEndAsync(first, 4096)); // a cancelled reader may go on, too
    }

    [Fact]
    public async Task Read_TwoAtOnce_BothGetAll()
    {
        var source = new ScriptedBody();
        await using var body = Create(source, null, 1 << 20);
        var first = ReplayReading.ToEndAsync(body.OpenReader(), 100);
        source.Give(50_000);
        var second = ReplayReading.ToEndAsync(body.OpenReader(), 7000);
        source.Give(50_000);
        source.End();

        Assert.Equal(ScriptedBody.Bytes(0, 100_000), await first);
        Assert.Equal(ScriptedBody.Bytes(0, 100_000), await second);
    }

    [Fact]
    public async Task Read_TwoAtOnceAndTooLong_TheOneInFrontGoesOn()
    {
        var source = new ScriptedBody();
        await using var body = Create(source, null, 10_000);
        source.Give(9000);
        using var first = body.OpenReader();
        using var second = body.OpenReader();
        await first.ReadExactlyAsync(new byte[9000], Token);
        await second.ReadExactlyAsync(new byte[100], Token);
        Assert.True(body.CanReplay);

        source.Give(200_000);
        source.End();
        var rest = await ReplayReading.ToEndAsync(first, 4096);

        Assert.Equal(ScriptedBody.Bytes(9000, 200_000), rest);
        Assert.False(body.CanReplay);
        await ReplayReading.FailsAsync<IOException>(second);
        Assert.Equal(0, _pool.HeldArrays);
    }

    [Fact]
    public async Task Read_FirstAttemptClosedAndTooLong_TheSecondGoesOnWithAll()
    {
        var source = new ScriptedBody();
        await using var body = Create(source, null, 10_000);
        source.Give(9000);
        var first = body.OpenReader();
        await first.ReadExactlyAsync(new byte[9000], Token);
        await first.DisposeAsync();
        using var second = body.OpenReader();

        source.Give(200_000);
        source.End();

        Assert.Equal(ScriptedBody.Bytes(0, 209_000), await ReplayReading.ToEndAsync(second, 4096));
        Assert.InRange(_pool.MostHeldBytes, 0, 10_000 + ReplayRecord.MaxSegmentBytes);
        await ReplayReading.FailsAsync<ObjectDisposedException>(first);
    }

    [Fact]
    public async Task IsStartKept_TooLongButNotTouched_NextAttemptGetsAll()
    {
        var source = ScriptedBody.Whole(101);
        await using var body = Create(source, 101, 100);
        using (var refused = body.OpenReader())
        {
            Assert.Equal(0, await refused.ReadAsync(Memory<byte>.Empty, Token)); // takes nothing
            using var meanwhile = body.OpenReader();
            await ReplayReading.FailsAsync<IOException>(meanwhile);
        }

        Assert.True(body.IsStartKept);
        using var next = body.OpenReader();
        await next.ReadExactlyAsync(new byte[1], Token);
        Assert.False(body.IsStartKept);
        Assert.Equal(ScriptedBody.Bytes(1, 100), await ReplayReading.ToEndAsync(next, 50));
    }

    private ReplayBody Create(Stream source, long? contentLength, int limit) => new(source, contentLength, limit, default, _pool);
}
