using System.Text;
using EdgeProxy.FunctionalTests.Upstream;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Forwarding;

/// <summary>
/// Plain requests on their short way and the same on YARP's own, to which a route with any transform leads: backend and client must see
/// the same. What YARP's next version does otherwise fails here.
/// </summary>
public sealed class ForwardsAsYarpTests
{
    private const string Json = "Content-Type: application/json\r\n";

    /// <summary>What is asked, and whether it is of the common kind.</summary>
    public static TheoryData<string, bool> Requests => new()
    {
        { Get("/v1/models"), true },
        { Get("/"), true },
        { Get("/a%20b/%c3%bc/c?d=e%2Ff&g=%41&h"), true },
        { Get("/a/./b/../c?x=/../y"), true },
        { Get("//double//slash?"), true },
        { Get("/x?q=\"<>^`{|}"), true },
        { Get("/x", "Accept: */*\r\nuser-agent: a/1 (b)\r\nCookie: a=1; b=2\r\nauthorization: Bearer abc\r\nX-Request-Id: r\r\n"), true },
        { Get("/x", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\ntracestate: a=b\r\nbaggage: a=b\r\nRequest-Id: |a.b\r\nCorrelation-Context: a=b\r\n"), true },
        { Get("/x", "X-Own:\r\nX-Latin: caf\u00e9 \u0080\u00ff\r\nX-Long: " + new string('l', 5000) + "\r\n"), true },
        { Get("/x", "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /p\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-Port: 1\r\n"), true },
        { Get("/x", "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n"), true },
        { Get("/x", "Connection: x-own\r\nX-Own: a\r\n"), true },
        { Get("/x", "If-None-Match: \"a\"\r\nRange: bytes=0-1\r\nVia: 1.1 a\r\nPriority: u=1\r\nDNT: 1\r\nOrigin: https://x\r\nReferer: https://x/y\r\n"), true },
        { "DELETE /v1/files/f HTTP/1.1\r\nHost: localhost\r\n\r\n", true },
        { "GET /x HTTP/1.1\r\nHost: front.example:8443\r\n\r\n", true },
        { "GET /x HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", true },
        { "get /x HTTP/1.1\r\nHost: localhost\r\n\r\n", true },
        { Post("{\"a\":1}"), true },
        { Post("{\"a\":\"" + new string('a', 3000) + "\"}", Json + "Accept-Encoding: gzip\r\nx-api-key: k\r\nContent-Language: de\r\nExpires: 0\r\n"), true },
        { Post("[]", "Content-Type: application/json; charset=utf-8\r\n"), true },
        { Post("{\"a\":1}").Replace("POST", "PUT", StringComparison.Ordinal), true },
        { Post("{\"a\":1}").Replace("POST", "PURGE", StringComparison.Ordinal), true },
        { Post("{\"a\":1}").Replace("POST", "GET", StringComparison.Ordinal), true },
        { Post("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n", "Content-Type: multipart/form-data; boundary=b\r\n"), true },

        // More than a copy, or not all here: YARP's.
        { Post("{\"a\":\"" + new string('a', 20_000) + "\"}"), false },
        { Post("abc", "Content-Type: text/plain\r\n"), false },
        { Post("abc", Json + "Content-Encoding: gzip\r\n"), false },
        { Post(""), false },
        { Post("{\"a\":1}").Replace("POST", "HEAD", StringComparison.Ordinal), false },
        { "POST /x HTTP/1.1\r\nHost: localhost\r\n" + Json + "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n0\r\n\r\n", false },
        { "HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n", false },
        { "OPTIONS /x HTTP/1.1\r\nHost: localhost\r\n\r\n", false },
        { Get("/x", "Via: 1.1 a\r\nVia: 1.1 b\r\n"), false },
        { Get("/x", "Cookie: a=1\r\nCookie: b=2\r\n"), false },
        { Get("/x", "TE: trailers\r\n"), false },
        { Get("/x", "Trailer: a\r\n"), false },
        { Get("/x", "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), false },
        { Get("/x", "Proxy-Authorization: Basic a\r\nProxy-Connection: keep-alive\r\nAlt-Svc: clear\r\n"), false },
    };

    /// <summary>Further answers, besides those that the clients are compared by.</summary>
    public static TheoryData<string, string> Answers =>
    [
        .. AnswersAsTheFrameworkTests.Same,
        ("GET", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: x\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nX-Empty:\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 OK\r\nConnection: X-Own\r\nX-Own: a\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":1\"\r\nUpgrade: h2c\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        ("GET", "HTTP/1.1 200 OK\r\nX-Tab: a\tb\r\nX-Bell: a\u0007b\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\n{}"),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + new string('x', 100_000)),
        ("POST", "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"),
    ];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_ReachesTheBackendAsByYarp(string request, bool isShort)
    {
        var byYarp = await BothWays.AskAsync(request, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", hasTransforms: true);
        var own = await BothWays.AskAsync(request, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", hasTransforms: false);

        Assert.Equal(BothWays.Sorted(byYarp.Request), BothWays.Sorted(own.Request));
        Assert.Equal(byYarp.Answer, own.Answer);

        Assert.Equal(isShort && BothWays.IsOnLoops, BothWays.IsShort(own.Request));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Answer_ReachesTheClientAsByYarp(string method, string answer)
    {
        foreach (var cut in (int[])[0, 20, answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4])
        {
            var request = method == "POST" ? Post("{\"a\":1}") : $"{method} /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
            var byYarp = await BothWays.AskAsync(request, answer, hasTransforms: true, cut);
            var own = await BothWays.AskAsync(request, answer, hasTransforms: false, cut);

            Assert.Equal(byYarp.Answer, own.Answer);
            Assert.Equal(byYarp.Connections, own.Connections);
        }
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("GET", true)]
    [InlineData("POST", false)]
    [InlineData("POST", true)]
    public async Task DestinationThatSaysNothing_IsGivenUpAsByYarp(string method, bool hasTransforms)
    {
        await using var backend = new RawBackend(static peer => BothWays.Warm(peer));
        await using var proxy = await BothWays.StartAsync(backend, hasTransforms, "00:00:01");
        await using var client = await BothWays.WarmClientAsync(proxy);

        await client.SendAsync(Encoding.Latin1.GetBytes(method == "POST" ? Post("{\"a\":1}") : Get("/x")));

        Assert.Equal(504, (await client.ReadHeadAsync()).Status);
        await (await backend.AcceptAsync()).ClosedAsync();
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task ClientThatLeaves_EndsTheExchange(string method)
    {
        await using var backend = new RawBackend(static peer => BothWays.Warm(peer));
        await using var proxy = await BothWays.StartAsync(backend, hasTransforms: false);
        var client = await BothWays.WarmClientAsync(proxy);
        var peer = await backend.AcceptAsync();

        await client.SendAsync(Encoding.Latin1.GetBytes(method == "POST" ? Post("{\"a\":1}") : Get("/x")));
        await peer.ReadRequestAsync();
        await client.DisposeAsync();

        await peer.ClosedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AffinityCookie_IsGivenOverAKeptConnectionToo(bool hasTransforms)
    {
        await using var backend = new RawBackend(static async peer =>
        {
            await BothWays.Warm(peer);
            await BothWays.Warm(peer);
        });
        await using var proxy = await BothWays.StartAsync(backend, hasTransforms, hasAffinity: true);
        await using var client = await BothWays.WarmClientAsync(proxy);

        await client.SendAsync(Encoding.Latin1.GetBytes(Get("/x")));

        Assert.StartsWith("affinity=", (await client.ReadHeadAsync())["Set-Cookie"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyAtATime_EachGetsItsOwnAnswer()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.AnswerAsync(200, "application/json", $$"""{"path":"{{exchange.PathAndQuery}}","body":{{exchange.BodyText}}}"""));
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(backend.Http1));

        await Task.WhenAll(Enumerable.Range(0, 32).Select(async number =>
        {
            await using var client = await proxy.ConnectAsync();
            for (var i = 0; i < 50; i++)
            {
                await client.SendAsync("POST", $"/{number}/{i}", Json, Encoding.UTF8.GetBytes($"[{number},{i}]"));
                Assert.Equal(200, (await client.ReadHeadAsync()).Status);
                Assert.Equal($$"""{"path":"/{{number}}/{{i}}","body":[{{number}},{{i}}]}""", await client.ReadTextAsync());
            }
        }));
    }

    private static string Get(string target, string headers = "") => $"GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n";

    private static string Post(string body, string headers = Json) =>
        $"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}";
}
