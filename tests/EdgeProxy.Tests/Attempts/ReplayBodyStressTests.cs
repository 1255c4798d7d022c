using EdgeProxy.Attempts;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Attempts;

/// <summary>The same as the property test, on several threads at once.</summary>
public sealed class ReplayBodyStressTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task ManyAttempts_OnManyThreads_WinnerGetsAllAndThePoolGetsItsOwn(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 40; i++)
        {
            var length = random.Next(0, 300_000);
            var pool = new CountingPool();
            var source = new ScriptedBody();
            var body = new ReplayBody(source, random.Next(2) == 0 ? length : null, random.Next(4) == 0 ? length / 2 : length, default, pool);
            var feeding = FeedAsync(source, length, new Random(random.Next()));

            for (var attempts = random.Next(4); attempts > 0 && body.CanReplay; attempts--)
            {
                await Task.WhenAll(TryAsync(body, random.Next()), TryAsync(body, random.Next()));
            }

            var winner = body.OpenReader();
            var loser = TryAsync(body, random.Next());
            var mustWin = body.CanReplay;
            var releasing = Task.Run(() => body.Release(winner));
            try
            {
                Assert.Equal(ScriptedBody.Bytes(0, length), await ReplayReading.ToEndAsync(winner, random.Next(1, 70_000)));
            }
            catch (IOException)
            {
                Assert.True(body.IsTooLong || !mustWin);
            }

            await Task.WhenAll(loser, releasing, feeding);
            Assert.False(body.CanReplay && length > 0);
            await body.DisposeAsync();
            pool.AssertAllReturned();
        }
    }

    private static Task FeedAsync(ScriptedBody source, int length, Random random) => Task.Run(async () =>
    {
        for (var given = 0; given < length;)
        {
            var next = Math.Min(random.Next(1, 60_000), length - given);
            source.Give(next);
            given += next;
            await Task.Yield();
        }

        source.End();
    });

    /// <summary>An attempt that fails somewhere on its way; half of them leave a read behind.</summary>
    private static Task TryAsync(ReplayBody body, int seed) => Task.Run(async () =>
    {
        var random = new Random(seed);
        using var cancel = new CancellationTokenSource();
        await using var reader = body.OpenReader();
        var position = 0L;
        var cancelling = Task.CompletedTask;
        try
        {
            for (var reads = random.Next(30); reads > 0; reads--)
            {
                if (reads == 5)
                {
                    cancelling = Task.Run(cancel.Cancel);
                }

                var buffer = new byte[random.Next(3) == 0 ? 0 : random.Next(1, 20_000)];
                var count = await reader.ReadAsync(buffer, cancel.Token).AsTask().WaitAsync(Patience.Limit, TimeProvider.System);
                Assert.Equal(ScriptedBody.Bytes(position, count), buffer[..count]);
                position += count;
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            // Cancelled, or left behind.
        }

        await cancelling;
    });
}
