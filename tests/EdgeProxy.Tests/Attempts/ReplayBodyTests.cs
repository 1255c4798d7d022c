using System.Buffers;
using EdgeProxy.Attempts;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Attempts;

public sealed class ReplayBodyTests
{
    private const int Piece = 64 * 1024;

    private readonly CountingPool _pool = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Length, announced or not, and the limit; what is left of replay after the first attempt has read all.</summary>
    public static TheoryData<int, bool, int, bool> Lengths => new()
    {
        { 0, true, 0, true },
        { 0, false, 0, true },
        { 0, false, 100, true },
        { 1, true, 1, true },
        { 1, true, 0, false },
        { 1, false, 0, false },
        { 99, true, 100, true },
        { 100, false, 100, true },
        { 101, false, 100, false },
        { 101, true, 100, false },
        { 4095, true, 10000, true },
        { 4096, true, 10000, true },
        { 4096, false, 4096, true },
        { 4097, false, 4096, false },
        { 5000, false, 4096, false },
        { 300_000, true, 300_000, true },
        { 300_000, false, 1 << 20, true },
        { 300_000, false, 150_000, false },
        { 1 << 20, true, 1 << 20, true },
        { 1 << 20, false, 1 << 20, true },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Read_OneAttemptAfterTheOther_GivesAllToEachOrToOneAlone(int length, bool announced, int limit, bool replays)
    {
        foreach (var size in new[] { 1000, 4096, 65_537 })
        {
            await using (var body = Create(ScriptedBody.Whole(length), announced ? length : null, limit))
            {
                await AssertReadsAllAsync(body.OpenReader(), length, size);

                Assert.Equal((replays, replays, !replays), (body.CanReplay, body.IsComplete, body.IsTooLong));
                var again = body.OpenReader();
                if (replays)
                {
                    Assert.Equal(ScriptedBody.Bytes(0, length), body.Recorded.ToArray());
                    await AssertReadsAllAsync(again, length, size + 1);
                    await AssertReadsAllAsync(body.OpenReader(), length, 1 << 20);
                }
                else
                {
                    await ReplayReading.FailsAsync<IOException>(again);
                }
            }

            _pool.AssertAllReturned();
            Assert.InRange(_pool.MostHeldBytes, 0, limit + Piece);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Complete_BeforeTheFirstAttempt_TellsWhetherItFitsAndLosesNothing(int length, bool announced, int limit, bool fits)
    {
        await using (var body = Create(ScriptedBody.Whole(length), announced ? length : null, limit))
        {
            Assert.Equal(fits, await body.CompleteAsync(Token));

            Assert.Equal((fits, fits), (body.CanReplay, body.IsComplete));
            Assert.True(body.IsStartKept);
            await AssertReadsAllAsync(body.OpenReader(), length, 5000);
            Assert.Equal(fits, body.IsStartKept);
        }

        _pool.AssertAllReturned();
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task TryTakeWhole_GivesAllAtOnceWhereItFits_AndElseLosesNothing(int length, bool announced, int limit, bool fits)
    {
        await using (var body = Create(ScriptedBody.Whole(length), announced ? length : null, limit))
        {
            await using var reader = (ReplayReader)body.OpenReader();
            var whole = new byte[length];
            Assert.False(reader.TryTakeWhole(new byte[length + 1]));

            Assert.Equal(fits, reader.TryTakeWhole(whole));

            Assert.Equal(fits, body.CanReplay);
            if (fits)
            {
                Assert.Equal(ScriptedBody.Bytes(0, length), whole);
                Assert.Equal(0, await reader.ReadAsync(new byte[1], Token));
                await AssertReadsAllAsync(body.OpenReader(), length, 5000);
            }
            else
            {
                await AssertReadsAllAsync(reader, length, 5000);
            }
        }

        _pool.AssertAllReturned();
    }

    [Fact]
    public async Task TryTakeWhole_RestStillToCome_TakesNothing()
    {
        var source = new ScriptedBody();
        source.Give(60);
        await using var body = Create(source, 100, 1000);
        await using var reader = (ReplayReader)body.OpenReader();

        Assert.False(reader.TryTakeWhole(new byte[100]));
        source.Give(40);
        source.End();

        await AssertReadsAllAsync(reader, 100, 30);
    }

    [Fact]
    public async Task Create_EmptyOrTooLongByItsHead_RentsNothing()
    {
        await using var empty = Create(new ScriptedBody(), 0, 100);
        await using var tooLong = Create(ScriptedBody.Whole(101), 101, 100);

        Assert.Equal((true, true), (empty.CanReplay, empty.IsComplete));
        Assert.Equal((false, false), (tooLong.CanReplay, tooLong.IsComplete));
        Assert.False(await tooLong.CompleteAsync(Token));
        await AssertReadsAllAsync(empty.OpenReader(), 0, 10);
        await AssertReadsAllAsync(tooLong.OpenReader(), 101, 10);
        Assert.Equal(0, _pool.Rents);
    }

    [Fact]
    public async Task Read_BodyThatTurnsOutEmpty_HoldsNothing()
    {
        await using var body = Create(ScriptedBody.Whole(0), null, 100);

        await AssertReadsAllAsync(body.OpenReader(), 0, 10);

        Assert.Equal((1, 0), (_pool.Rents, _pool.HeldArrays));
        body.Release();
        await AssertReadsAllAsync(body.OpenReader(), 0, 10); // an empty body can always be had
        Assert.True(body.CanReplay);
    }

    [Theory]
    [InlineData(700, 1, 1024)]
    [InlineData(1024, 1, 2048)] // one byte more, to see the end
    [InlineData(4096, 2, 4096 + 16)]
    [InlineData(20_000, 4, 4096 + 4096 + 8192 + 4096)]
    public async Task Read_BodyOfAnnouncedLength_RentsWhatItNeeds(int length, int rents, int held)
    {
        await using var body = Create(ScriptedBody.Whole(length), length, 1 << 20);

        await AssertReadsAllAsync(body.OpenReader(), length, 4096);

        Assert.Equal((rents, held), (_pool.Rents, _pool.HeldBytes));
    }

    [Fact]
    public async Task Read_NothingAskedFor_SourceIsNotReadAhead()
    {
        var source = ScriptedBody.Whole(100_000);
        await using var body = Create(source, null, 1 << 20);
        using var reader = body.OpenReader();
        Assert.Equal(0, source.Reads);

        await reader.ReadExactlyAsync(new byte[100], Token);

        Assert.Equal(1, source.Reads);
        Assert.Equal(4096, source.Taken);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public async Task Read_NoBytesAskedFor_WaitsForDataAndTakesNone(int limit)
    {
        var source = new ScriptedBody();
        await using var body = Create(source, 3, limit);
        using var reader = body.OpenReader();

        var waiting = reader.ReadAsync(Memory<byte>.Empty, Token).AsTask();
        Assert.False(waiting.IsCompleted);
        source.Give(3);
        Assert.Equal(0, await waiting.WaitAsync(Patience.Limit, TimeProvider.System, Token));
        Assert.True(reader.ReadAsync(Memory<byte>.Empty, Token).AsTask().IsCompletedSuccessfully);
        Assert.Equal(3, await reader.ReadAsync(new byte[9], Token));

        var ended = reader.ReadAsync(Memory<byte>.Empty, Token).AsTask();
        Assert.False(ended.IsCompleted);
        source.End();
        Assert.Equal(0, await ended.WaitAsync(Patience.Limit, TimeProvider.System, Token));
        Assert.Equal(0, await reader.ReadAsync(new byte[9], Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    public async Task Read_SourceFails_EveryReaderThatComesThereIsTold(int before)
    {
        var source = new ScriptedBody();
        await using var body = Create(source, null, 1 << 20);
        using var first = body.OpenReader();
        using var second = body.OpenReader();
        var reading = ReadAllAsync(first, 999);

        source.Give(before);
        source.Fail(new IOException("gone"));

        Assert.Equal("gone", (await Assert.ThrowsAsync<IOException>(() => reading)).Message);
        Assert.Equal((false, false, false), (body.CanReplay, body.IsComplete, body.IsStartKept));
        Assert.False(await body.CompleteAsync(Token));
        foreach (var late in new[] { second, body.OpenReader() })
        {
            var start = new byte[before];
            await late.ReadExactlyAsync(start, Token);
            Assert.Equal(ScriptedBody.Bytes(0, before), start);
            Assert.Equal("gone", (await ReplayReading.FailsAsync<IOException>(late)).Message);
        }
    }

    [Fact]
    public async Task Read_ClientAborts_EndsForEveryReader()
    {
        using var aborted = new CancellationTokenSource();
        await using var body = new ReplayBody(new ScriptedBody(), null, 100, aborted.Token, _pool);
        var first = body.OpenReader().ReadAsync(new byte[1], Token).AsTask();
        var second = body.OpenReader().ReadAsync(new byte[1], Token).AsTask();

        await aborted.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(body.CanReplay);
    }

    [Fact]
    public async Task Complete_CancelledAndCalledAgain_LosesNothing()
    {
        var source = new ScriptedBody();
        await using var body = Create(source, null, 100);
        source.Give(10);
        using var cancel = new CancellationTokenSource();
        var completing = body.CompleteAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => completing);

        source.Give(10);
        source.End();

        Assert.True(await body.CompleteAsync(Token));
        Assert.Equal(ScriptedBody.Bytes(0, 20), body.Recorded.ToArray());
    }

    [Fact]
    public void Stream_AnythingButAsynchronousReads_IsRefused()
    {
        using var body = Create(ScriptedBody.Whole(1), 1, 1);
        using var reader = body.OpenReader();

        Assert.Equal((true, false, false), (reader.CanRead, reader.CanSeek, reader.CanWrite));
        Assert.Throws<NotSupportedException>(() => reader.Read(new byte[1], 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReplayBody(Stream.Null, null, -1, default));
    }

    private static async Task AssertReadsAllAsync(Stream reader, int length, int size)
    {
        await using (reader)
        {
            Assert.Equal(ScriptedBody.Bytes(0, length), await ReadAllAsync(reader, size));
        }
    }

    private static Task<byte[]> ReadAllAsync(Stream reader, int size) => ReplayReading.ToEndAsync(reader, size);

    private ReplayBody Create(Stream source, long? contentLength, int limit) => new(source, contentLength, limit, default, _pool);
}
