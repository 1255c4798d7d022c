using EdgeProxy.Streaming;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>What was rented for an answer's head goes back, however the answer ends. The pool is the process's own: nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(BuffersTests), DisableParallelization = true)]
[Collection(nameof(BuffersTests))]
public sealed class BuffersTests
{
    [Fact]
    public Task AnswerThatIsRead_Returns() => ReturnsAsync("Content-Length: 5\r\n\r\nhello", static async response => await response.Content.ReadAsByteArrayAsync(Patience.Token()));

    /// <summary>The soak found this: each answer whose body began with its head and was not asked for kept its buffer.</summary>
    [Fact]
    public Task AnswerThatIsNotRead_Returns() => ReturnsAsync("Content-Length: 500\r\n\r\nhello", static _ => Task.CompletedTask);

    [Fact]
    public Task AnswerThatIsHalfRead_Returns() => ReturnsAsync(
        "Content-Length: 500\r\n\r\nhello",
        static async response => await (await response.Content.ReadAsStreamAsync(Patience.Token())).ReadExactlyAsync(new byte[3], Patience.Token()));

    [Fact]
    public Task AnswerWithABrokenChunk_Returns() => ReturnsAsync(
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n",
        static async response => await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(Patience.Token())));

    /// <summary>The soak found this, too: a head that came alone kept its buffer for as long as the body went on.</summary>
    [Fact]
    public async Task HeadThatCameAlone_ReturnsBeforeTheBodyComes()
    {
        var before = CountedPool.Shared.Rented;
        await using var backend = new RawBackend();
        using var asker = Asker.Own();
        var asking = asker.GetAsync(backend.Address, Patience.Token());
        var peer = await backend.AcceptAsync();
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        using var response = await asking;

        await ReturnedAsync(before);
    }

    [Fact]
    public async Task HeadThatIsCutShort_Returns()
    {
        var before = CountedPool.Shared.Rented;
        await using var backend = new RawBackend(static async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Le");
            peer.Finish();
        });
        using var asker = Asker.Own();
        await Assert.ThrowsAsync<HttpRequestException>(() => asker.GetAsync(backend.Address, Patience.Token()));

        await ReturnedAsync(before);
    }

    private static async Task ReturnsAsync(string answer, Func<HttpResponseMessage, Task> useAsync)
    {
        var before = CountedPool.Shared.Rented;
        await using var backend = new RawBackend(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\n" + answer);
        });
        using var asker = Asker.Own();
        using (var response = await asker.GetAsync(backend.Address, Patience.Token()))
        {
            await useAsync(response);
        }

        await ReturnedAsync(before);
    }

    private static Task ReturnedAsync(long before) => Patience.UntilAsync(() => CountedPool.Shared.Rented <= before, "as many buffers rented as before");
}
