using System.Text.Json.Nodes;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests;

/// <summary>A scripted backend, a proxy in front of it with one route and one policy, and the proxy's clock in the test's hand.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private Stage(ScriptedBackend backend, ProxyHost proxy)
    {
        Backend = backend;
        Proxy = proxy;
    }

    public ScriptedBackend Backend { get; }

    public ProxyHost Proxy { get; }

    public ManualTimeProvider Clock => Proxy.Clock;

    /// <summary>Sets the stage.</summary>
    /// <param name="policy">The stream policy, as JSON. One attempt unless it says otherwise: what a single failure does is the subject here.</param>
    /// <param name="script">What the backend answers.</param>
    /// <param name="http2">Whether the proxy speaks HTTP/2 to the backend.</param>
    public static async Task<Stage> StartAsync(string policy, Func<BackendExchange, Task> script, bool http2 = false)
    {
        var backend = await ScriptedBackend.StartAsync(script);
        return new Stage(backend, await ProxyHost.StartManualAsync(ProxyConfig.For(http2 ? backend.H2c : backend.Http1, SingleAttempt(policy), http2)));
    }

    /// <summary>The policy, with one attempt unless it says otherwise.</summary>
    public static string SingleAttempt(string policy)
    {
        var json = (JsonObject)JsonNode.Parse(policy)!;
        json["Attempts"] ??= new JsonObject { ["Max"] = 1 };
        return json.ToJsonString();
    }

    /// <summary>A client that has asked for a stream and has read nothing yet.</summary>
    public async Task<RawClient> AskAsync(
        string target = "/v1/chat/completions", string headers = "", int? receiveBufferBytes = null, string body = """{"model":"m","stream":true}""")
    {
        var client = await Proxy.ConnectAsync(receiveBufferBytes);
        await client.AskAsync(target, headers, body);
        return client;
    }

    /// <summary>The answer's head, moving the clock until it comes; it must come with the clock at so many seconds.</summary>
    public Task<RawHead> HeadAsync(RawClient client, double by = 60) => ByAsync(client.ReadHeadAsync(), by);

    /// <summary>The next chunk, moving the clock until it comes; it must come with the clock at so many seconds.</summary>
    public Task<string> ChunkAsync(RawClient client, double by = 60) => ByAsync(client.ReadChunkTextAsync(), by);

    /// <summary>The rest of the body, moving the clock until it ends; it must end with the clock at so many seconds.</summary>
    public Task<string> BodyAsync(RawClient client, double by = 60) => ByAsync(client.ReadTextAsync(), by);

    /// <summary>Asserts that the clock has come to so many seconds: what just arrived was not early.</summary>
    public void AssertNotBefore(double seconds) => Assert.True(Clock.Elapsed.TotalSeconds >= seconds, $"It came at {Clock.Elapsed.TotalSeconds} s, not after {seconds} s.");

    private Task<T> ByAsync<T>(Task<T> task, double by) => Clock.AdvanceUntilAsync(task, TimeSpan.FromSeconds(by) - Clock.Elapsed);

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Backend.DisposeAsync();
    }
}
