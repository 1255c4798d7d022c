using System.Text;
using EdgeProxy.FunctionalTests.Upstream;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Forwarding;

/// <summary>Streams on their short way and the same on YARP's own: backend and client must see the same.</summary>
public sealed class StreamsAsYarpTests
{
    private const string Json = "Content-Type: application/json\r\n";
    private const string Body = """{"stream":true}""";
    private const string Once = """{"Attempts":{"Max":1}}""";
    private const string Events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
    private const string Chunked = "Transfer-Encoding: chunked\r\n\r\n";
    private const string Whole = "c\r\ndata: {\"a\":1\r\n3\r\n}\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";

    /// <summary>What is asked, and whether it is of the common kind.</summary>
    public static TheoryData<string, bool> Requests => new()
    {
        { Post(Body), true },
        { Post(Body, Json + "Accept-Encoding: gzip, br\r\nAccept: text/event-stream\r\nAuthorization: Bearer a\r\nX-Own: \u00e9\r\n"), true },
        { Post(Body, Json + "accept-encoding: gzip\r\nx-request-id: theirs\r\n"), true },
        { Post("{\"stream\":true,\"a\":\"" + new string('a', 12_000) + "\"}"), true },
        { "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a\r\nAccept: text/event-stream\r\n\r\n", true },

        // More than a copy, or not all here: YARP's.
        { Post("{\"stream\":true,\"a\":\"" + new string('a', 20_000) + "\"}"), false },
        { "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a\r\n" + Json + "Transfer-Encoding: chunked\r\n\r\nf\r\n" + Body + "\r\n0\r\n\r\n", false },
        { Post(Body, Json + "Cookie: a=1\r\nCookie: b=2\r\n"), false },
        { Post(Body, Json + "TE: trailers\r\n"), false },
    };

    /// <summary>Answers to a request for a stream.</summary>
    public static TheoryData<string> Answers =>
    [
        Events + Chunked + Whole,
        Events + "Content-Length: 30\r\n\r\ndata: {\"a\":1}\n\n data: [DONE]\n\n",
        Events + "Content-Length: 29\r\n\r\ndata: {\"a\":1}\n\ndata: [DONE]\n\n",
        Events + "Content-Length: 200\r\n\r\ndata: {\"a\":1}\n\ndata: [DONE]\n\n",
        Events + "Content-Length: 200\r\n\r\ndata: {\"a\":1}\n\nda",
        Events + "Content-Length: 0\r\n\r\n",
        Events + "\r\ndata: {\"a\":1}\n\ndata: [DONE]\n\n",
        Events + "Connection: close\r\n" + Chunked + Whole,
        Events + "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n" + Chunked + Whole,
        Events + "Cache-Control: no-cache\r\nX-Own: a\r\nX-Own: b\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Empty:\r\nX-Request-ID: theirs\r\nOpenAI-Processing-Ms: 7\r\n" + Chunked + Whole,
        Events + "Trailer: X-Sum\r\n" + Chunked + "8\r\ndata: a\n\r\n1\r\n\n\r\n0\r\nX-Sum: 1\r\n\r\n",
        Events + Chunked + "9\r\ndata: a\n\n\r\n0\r\nX-Sum: 1\r\n\r\n",
        Events + Chunked + "9\r\ndata: a\n\n\r\n0\r\nno field\r\n\r\n",
        Events + Chunked + "9\r\ndata: a\n\n\r\n0\r\n\r\n",
        Events + Chunked + "9\r\ndata: a\n\n\r\n",
        Events + Chunked + "9\r\ndata: a\n\n\r\n8\r\nda",
        Events + Chunked + "9\r\ndata: a\n\n\r\nzz\r\n",
        Events + Chunked + "0\r\n\r\n",
        Events + Chunked,
        Events + Chunked + Whole + "HTTP/1.1 200 OK\r\n",
        Events + Chunked + "2a\r\ndata: {\"error\":{\"message\":\"m\",\"code\":\"c\"}}\n\r\n1\r\n\n\r\n0\r\n\r\n",
        Events + "Content-Encoding: identity\r\n" + Chunked + Whole,
        Events + "Content-Encoding: gzip\r\n" + Chunked + Whole,
        Events + "Content-Encoding: secret\r\n" + Chunked + Whole,
        Events + "Content-Length: 5\r\n" + Chunked + Whole,
        Events + "Transfer-Encoding: identity\r\n\r\ndata: a\n\n",
        Events + "Upgrade: h2c\r\n" + Chunked + Whole,
        Events + "X-Tab: a\tb\r\n" + Chunked + Whole,
        Events + "NoColon\r\n" + Chunked + Whole,
        "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked\n\n" + Whole,
        "HTTP/1.1 200 Fine\r\nContent-Type: text/event-stream\r\n" + Chunked + Whole,
        "HTTP/1.1 201 Created\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n" + Chunked + Whole,
        "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\ndata: [DONE]\n\n",
        "HTTP/1.1 100 Continue\r\n\r\n" + Events + Chunked + Whole,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Own: a\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 31\r\n\r\n{\"error\":{\"message\":\"not so\"}}",
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nX-Own: a\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/event-stream\r\n" + Chunked + Whole,
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 9\r\n\r\n{}",
        "HTTP/1.1 200",
        "nonsense\r\n\r\n",
        "",
    ];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_ReachesTheBackendAsByYarp(string request, bool isShort)
    {
        // Attempts that may be repeated read a record of the body, a single one the body itself.
        foreach (var policy in (string[])[Once, "{}"])
        {
            var byYarp = await BothWays.AskAsync(request, Events + Chunked + Whole, hasTransforms: true, policy: policy);
            var own = await BothWays.AskAsync(request, Events + Chunked + Whole, hasTransforms: false, policy: policy);

            Assert.Equal(BothWays.Sorted(byYarp.Request), BothWays.Sorted(own.Request));
            Assert.Equal(byYarp.Answer, own.Answer);
            Assert.Equal(isShort && BothWays.IsOnLoops, BothWays.IsShort(own.Request));
        }
    }

    [Fact]
    public async Task RequestWithoutId_GetsOne_OnBothWays()
    {
        foreach (var hasTransforms in (bool[])[true, false])
        {
            var (request, answer, _) = await BothWays.AskAsync(Post(Body, Json, id: ""), Events + Chunked + Whole, hasTransforms, policy: Once);

            var id = request.Split("\r\n").Single(static line => line.StartsWith("x-request-id: ", StringComparison.OrdinalIgnoreCase));
            Assert.Contains(id, answer, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Answer_ReachesTheClientAsByYarp(string answer)
    {
        foreach (var cut in (int[])[0, 20, answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4, answer.IndexOf("data: ", StringComparison.Ordinal) + 8])
        {
            var byYarp = await BothWays.AskAsync(Post(Body), answer, hasTransforms: true, cut, Once);
            var own = await BothWays.AskAsync(Post(Body), answer, hasTransforms: false, cut, Once);

            Assert.Equal(byYarp.Answer, own.Answer);
            Assert.Equal(byYarp.Connections, own.Connections);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientThatLeaves_EndsTheExchange(bool afterTheFirstEvent)
    {
        await using var backend = new RawBackend(static peer => BothWays.Warm(peer));
        await using var proxy = await BothWays.StartAsync(backend, hasTransforms: false);
        var client = await BothWays.WarmClientAsync(proxy);
        var peer = await backend.AcceptAsync();

        await client.SendAsync(Post(Body));
        await peer.ReadRequestAsync();
        if (afterTheFirstEvent)
        {
            await peer.SendAsync(Events + Chunked + "9\r\ndata: a\n\n\r\n");
            await client.ReadHeadAsync();
        }

        await client.DisposeAsync();

        await peer.ClosedAsync();
    }

    [Fact]
    public async Task ManyAtATime_EachGetsItsOwnEvents_OverKeptConnections()
    {
        await using var backend = await ScriptedBackend.StartAsync(static exchange => exchange.StreamAsync($"data: {exchange.BodyText}\n\ndata: [DONE]\n\n"));
        await using var proxy = await ProxyHost.StartAsync(ProxyConfig.For(backend.Http1));

        await Task.WhenAll(Enumerable.Range(0, 32).Select(async number =>
        {
            await using var client = await proxy.ConnectAsync();
            for (var i = 0; i < 30; i++)
            {
                var body = $$"""{"stream":true,"n":[{{number}},{{i}}]}""";
                await client.SendAsync("POST", "/v1/chat/completions", Json, Encoding.UTF8.GetBytes(body));
                Assert.Equal(200, (await client.ReadHeadAsync()).Status);
                Assert.Equal($"data: {body}\n\ndata: [DONE]\n\n", await client.ReadTextAsync());
            }
        }));
    }

    private static string Post(string body, string headers = Json, string id = "X-Request-Id: a\r\n") =>
        $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n{(headers.Contains("x-request-id", StringComparison.Ordinal) ? "" : id)}{headers}Content-Length: {body.Length}\r\n\r\n{body}";
}
