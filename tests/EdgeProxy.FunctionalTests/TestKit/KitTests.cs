using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.TestKit;

/// <summary>The kit's own promises: a test is worth no more than the backend and the client it is made with.</summary>
public sealed class KitTests
{
    [Theory]
    [InlineData(ClientProtocol.Http1, false, "HTTP/1.1")]
    [InlineData(ClientProtocol.Http2Tls, false, "HTTP/1.1")]
    [InlineData(ClientProtocol.H2c, true, "HTTP/2")]
    public async Task Request_EachProtocol_ReachesTheBackendWhole(ClientProtocol protocol, bool http2, string seen)
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync("data: hi\n\n"));
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(http2 ? backend.H2c : backend.Http1, http2: http2));
        using var client = proxy.CreateClient(protocol);
        using var answer = await client.PostAsync(new Uri("/a/b?c=d", UriKind.Relative), new StringContent("body"), TestContext.Current.CancellationToken);

        Assert.Equal("data: hi\n\n", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var exchange = await backend.NextAsync();
        Assert.Equal((seen, "POST", "/a/b?c=d", "body"), (exchange.Protocol, exchange.Method, exchange.PathAndQuery, exchange.BodyText));
    }

    [Fact]
    public async Task RawClient_FlushesOfTheBackend_AreChunksOfTheirOwn()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await exchange.WriteAsync("one");
            await gate.WaitAsync();
            await exchange.WriteAsync("two");
        });
        await using var client = await RawClient.ConnectAsync(backend.Http1);
        await client.AskAsync("/");

        Assert.Equal(200, (await client.ReadHeadAsync()).Status);
        Assert.Equal("one", await client.ReadChunkTextAsync());
        gate.Open();
        Assert.Equal("two", await client.ReadChunkTextAsync());
        Assert.Empty(await client.ReadChunkAsync());
        Assert.EndsWith("one\r\n", Encoding.ASCII.GetString(client.Segments[0]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "broke")]
    [InlineData(false, "closed")]
    public async Task RawClient_ConnectionFaults_AreToldApart(bool reset, string message)
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await exchange.WriteAsync("half");
            await gate.WaitAsync();
            (reset ? (Action)exchange.Reset : exchange.Cut)();
        });
        await using var client = await RawClient.ConnectAsync(backend.Http1);
        await client.AskAsync("/");
        await client.ReadHeadAsync();
        Assert.Equal("half", await client.ReadChunkTextAsync());
        gate.Open();

        var fault = await Assert.ThrowsAsync<RawConnectionException>(client.ReadBodyAsync);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exchange_ClientLeaves_IsAborted()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        var client = await RawClient.ConnectAsync(backend.Http1);
        await client.AskAsync("/");
        var exchange = await backend.NextAsync();
        client.Reset();

        await exchange.Aborted;
    }

    [Fact]
    public async Task DeadPort_Connect_IsRefused()
    {
        using var dead = new DeadPort();

        await Assert.ThrowsAnyAsync<Exception>(() => RawClient.ConnectAsync(dead.Address));
    }

    [Fact]
    public void Recordings_Index_DescribesEveryFile()
    {
        Assert.Equal(55, Recordings.All.Count);
        Assert.All(Recordings.EventStreams, static recording => Assert.NotEmpty(Sse.Parse(recording.Bytes)));
        Assert.Contains("event: thread.run.created\n", Encoding.UTF8.GetString(Recordings.Get("openai-assistants-1.sse").Bytes), StringComparison.Ordinal);
    }
}
