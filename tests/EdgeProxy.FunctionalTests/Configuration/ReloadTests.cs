using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Configuration;

/// <summary>Routes, clusters and policies change under the running proxy; a bad file changes nothing.</summary>
public sealed class ReloadTests
{
    private const string AtOnce = """{ "Primer": { "After": "00:00:00" } }""";
    private const string Padded = """{ "Primer": { "After": "00:00:00", "PaddingBytes": 64 } }""";

    public static TheoryData<string> BadFiles() =>
    [
        "{ not json",
        new ProxyConfig().Cluster("b", new Uri("http://127.0.0.1:1")).Route("all", "b").Policy("Default", """{ "Primr": { "After": "00:00:01" } }""").ToString(),
        new ProxyConfig().Cluster("b", new Uri("http://127.0.0.1:1")).Route("all", "b").Policy("Default", """{ "KeepAlive": { "Interval": "00:00:00" } }""").ToString(),
        new ProxyConfig().Cluster("b", new Uri("http://127.0.0.1:1")).Route("all", "b").Policy("Default", """{ "Dialect": "Klingon" }""").ToString(),
        new ProxyConfig().Cluster("b", new Uri("http://127.0.0.1:1")).Route("all", "b", policy: "nowhere").ToString(),
        new ProxyConfig().Cluster("b", new Uri("http://127.0.0.1:1")).Route("all", "missing").Route("bad", "b", "/{broken").ToString(),
    ];

    [Fact]
    public async Task Policy_Changed_ServesTheNextRequest()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        await using var proxy = await ProxyHost.StartManualAsync(ProxyConfig.For(backend.Http1, AtOnce));
        Assert.Equal(13, await PrimerLengthAsync(proxy));

        proxy.WriteConfig(ProxyConfig.For(backend.Http1, Padded).ToString());
        await UntilAsync(proxy, async () => await PrimerLengthAsync(proxy) == 64);
    }

    [Fact]
    public async Task Cluster_Changed_TakesTheNextRequest()
    {
        await using var old = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync("data: old\n\ndata: [DONE]\n\n"));
        await using var @new = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync("data: new\n\ndata: [DONE]\n\n"));
        await using var proxy = await ProxyHost.StartManualAsync(ProxyConfig.For(old.Http1));
        Assert.Contains("old", await AnswerAsync(proxy), StringComparison.Ordinal);

        proxy.WriteConfig(ProxyConfig.For(@new.Http1).ToString());
        await UntilAsync(proxy, async () => (await AnswerAsync(proxy)).Contains("new", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Route_AddedWithItsPolicy_IsServed()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync("data: a\n\ndata: [DONE]\n\n"));
        var config = new ProxyConfig().Cluster("b", backend.Http1).Route("one", "b", "/one/{**rest}");
        await using var proxy = await ProxyHost.StartManualAsync(config);
        Assert.Equal(404, await StatusAsync(proxy, "/two/v1/chat/completions"));

        proxy.WriteConfig(config.Route("two", "b", "/two/{**rest}", "fresh").Policy("fresh", Padded).ToString());
        await UntilAsync(proxy, async () => await StatusAsync(proxy, "/two/v1/chat/completions") == 200);
    }

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task BadFile_ChangesNothing_AndSaysSo_UntilAGoodOneComes(string bad)
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        await using var proxy = await ProxyHost.StartManualAsync(ProxyConfig.For(backend.Http1, AtOnce));
        Assert.Equal(13, await PrimerLengthAsync(proxy));

        proxy.WriteConfig(bad);
        await UntilAsync(proxy, () => Task.FromResult(proxy.Logs.Errors.Any()));
        Assert.Equal(13, await PrimerLengthAsync(proxy));
        Assert.Single(proxy.Logs.Errors);

        proxy.WriteConfig(ProxyConfig.For(backend.Http1, Padded).ToString());
        await UntilAsync(proxy, async () => await PrimerLengthAsync(proxy) == 64);
    }

    [Fact]
    public async Task StreamInFlight_KeepsThePolicyItBeganWith()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.HangAsync());
        await using var proxy = await ProxyHost.StartManualAsync(ProxyConfig.For(backend.Http1, """{ "Primer": { "After": "00:00:00" }, "KeepAlive": { "Interval": "00:00:05" } }"""));
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions");
        await client.ReadHeadAsync();
        await client.ReadChunkTextAsync();

        proxy.WriteConfig(ProxyConfig.For(backend.Http1, """{ "Primer": { "After": "00:00:00", "PaddingBytes": 64 }, "KeepAlive": { "Interval": "00:01:00", "Frame": "BlankLine" } }""").ToString());
        await UntilAsync(proxy, async () => await PrimerLengthAsync(proxy) == 64);

        for (var beat = 0; beat < 3; beat++)
        {
            Assert.Equal(": keep-alive\n\n", await proxy.Clock.AdvanceUntilAsync(client.ReadChunkTextAsync(), TimeSpan.FromSeconds(10)));
        }
    }

    private static async Task<int> PrimerLengthAsync(ProxyHost proxy)
    {
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions");
        await client.ReadHeadAsync();
        return (await client.ReadChunkTextAsync()).Length;
    }

    private static async Task<string> AnswerAsync(ProxyHost proxy)
    {
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync("/v1/chat/completions");
        await client.ReadHeadAsync();
        return await client.ReadTextAsync();
    }

    private static async Task<int> StatusAsync(ProxyHost proxy, string target)
    {
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync(target);
        return (await client.ReadHeadAsync()).Status;
    }

    private static async Task UntilAsync(ProxyHost proxy, Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience.Limit, "What the new file should bring never came.");
            proxy.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
