using System.Net;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Hosting;

/// <summary>The listener beside the proxy: what it serves, and nothing of one reachable through the other.</summary>
public sealed class AdminListenerTests
{
    [Theory]
    [InlineData("GET", "/healthz/live", 200, "live\n")]
    [InlineData("GET", "/healthz/ready", 200, "ready\n")]
    [InlineData("HEAD", "/healthz/live", 200, "")]
    [InlineData("HEAD", "/healthz/ready", 200, "")]
    [InlineData("POST", "/healthz/ready", 405, "")]
    [InlineData("GET", "/healthz", 404, "")]
    [InlineData("GET", "/streams", 200, "[]")]
    [InlineData("HEAD", "/streams", 200, "")]
    [InlineData("POST", "/streams", 405, "")]
    [InlineData("HEAD", "/", 200, "")]
    [InlineData("POST", "/", 405, "")]
    [InlineData("POST", "/events", 405, "")]
    [InlineData("GET", "/index.html", 404, "")]
    [InlineData("GET", "/v1/models", 404, "")]
    public async Task Listener_ServesNothingOfTheProxy(string method, string path, int status, string body)
    {
        await using var backend = await ScriptedBackend.StartAsync();
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(backend.Http1));

        var answer = await AskAsync(proxy.Admin, path, method: method);

        Assert.Equal((status, body), answer);
        Assert.Empty(backend.Exchanges);
    }

    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    [InlineData("/streams")]
    [InlineData("/metrics")]
    [InlineData("/events")]
    [InlineData("/")]
    public async Task Proxy_ServesNothingOfTheListener(string path)
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.AnswerAsync(200, "text/plain", "the backend's own"));
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(backend.Http1));

        Assert.Equal((200, "the backend's own"), await AskAsync(proxy.Http1, path));
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:9901", 200)]
    [InlineData("me.localhost", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("10.1.2.3:80", 200)]
    [InlineData("[::1]:9901", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("evil.example:9901", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("notlocalhost", 403)]
    public async Task LoopbackListener_AnswersNoForeignName(string host, int status)
    {
        await using var proxy = await ProxyHost.StartAsync(new ProxyConfig());

        Assert.Equal(status, (await AskAsync(proxy.Admin, "/healthz/live", host)).Status);
    }

    [Fact]
    public async Task ListenerForAll_IsAskedByAnyName()
    {
        var config = new ProxyConfig();
        config.Section("EdgeProxy", "Admin")["Url"] = "http://0.0.0.0:0";
        await using var proxy = await ProxyHost.StartAsync(config);

        Assert.Equal((200, "ready\n"), await AskAsync(new UriBuilder(proxy.Admin) { Host = "127.0.0.1" }.Uri, "/healthz/ready", "edgeproxy.svc.cluster.local"));
    }

    [Fact]
    public async Task Readiness_EndsWhenTheDrainBegins_AndTheListenerServesUntilItIsOver()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await gate.WaitAsync();
            await exchange.StreamAsync(Family.Chat.Answer);
        });
        await using var proxy = await ProxyHost.StartManualAsync(ProxyConfig.For(backend.Http1));
        await using var client = await proxy.ConnectAsync();
        await client.AskAsync(Family.Chat.Path);
        await gate.Reached;

        var stopped = proxy.DrainAsync();

        Assert.Equal((503, "draining\n"), await AskAsync(proxy.Admin, "/healthz/ready"));
        Assert.Equal((200, "live\n"), await AskAsync(proxy.Admin, "/healthz/live"));
        gate.Open();
        Assert.EndsWith(Family.Done, await client.ReadTextAsync(), StringComparison.Ordinal);
        await stopped.WaitAsync(Patience.Limit, TimeProvider.System);
        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(proxy.Admin, "/healthz/ready"));
    }

    private static async Task<(int Status, string Body)> AskAsync(Uri listener, string path, string? host = null, string method = "GET")
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(listener, path));
        request.Headers.Host = host;
        using var answer = await http.SendAsync(request, Patience.Token());
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Patience.Token()));
    }
}
