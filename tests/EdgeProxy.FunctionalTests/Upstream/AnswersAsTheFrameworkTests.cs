using System.Text;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>The same raw answers, read by the proxy's client and by the framework's: both must make the same of them.</summary>
public sealed class AnswersAsTheFrameworkTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    public static TheoryData<string, string> Same => new()
    {
        { "GET", Ok + "Content-Length: 5\r\n\r\nhello" },
        { "GET", Ok + "Content-Length: 0\r\n\r\n" },
        { "GET", Ok + "Content-Type: text/plain; charset=utf-8\r\nServer: x\r\nX-Own: a\r\nX-Own: b, c\r\nContent-Length: 5\r\n\r\nhello" },
        { "GET", Ok + "X-Own: caf\u00e9\r\nX-Empty:\r\nX-Padded: \t a \t\r\nContent-Length: 2\r\n\r\n\u00ff\u0000" },
        { "GET", Ok + "\r\nuntil the end" },
        { "GET", Ok + "\r\n" },
        { "GET", Ok + "Connection: close\r\n\r\nuntil the end" },
        { "GET", "HTTP/1.0 200 OK\r\n\r\nuntil the end" },
        { "GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5;ext=\"v\"\r\nhello\r\n0;last\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\t\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n" },
        { "GET", Ok + "Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\nX-Other: caf\u00e9\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 7\r\nTransfer-Encoding: x\r\nHost: h\r\nSet-Cookie: a=b\r\nX-Sum: 1\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello" },
        { "GET", "HTTP/1.1 100 Continue\r\n\r\n" + Ok + "Content-Length: 5\r\n\r\nhello" },
        { "GET", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + Ok + "Content-Length: 5\r\n\r\nhello" },
        { "GET", "HTTP/1.1 204 No Content\r\nX-Own: a\r\n\r\n" },
        { "GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Length: 5\r\n\r\n" },
        { "GET", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone" },
        { "GET", "HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n" },
        { "GET", "HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n" },
        { "GET", "HTTP/1.1 299 caf\u00e9\r\nContent-Length: 0\r\n\r\n" },
        { "GET", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello" },
        { "GET", Ok + "Allow: GET\r\nExpires: 0\r\nLast-Modified: never\r\nContent-Range: x\r\nContent-Language: de\r\nContent-MD5: x\r\nContent-Length: 0\r\n\r\n" },
        { "GET", Ok + "Host: h\r\nCookie: a\r\nAuthorization: b\r\nUser-Agent: c\r\nTE: d\r\nContent-Length: 0\r\n\r\n" },
        { "GET", Ok + "Content-Length: 3\r\n\r\nhello" },
        { "HEAD", Ok + "Content-Length: 5\r\n\r\n" },
        { "HEAD", Ok + "Transfer-Encoding: chunked\r\n\r\n" },
        { "HEAD", "HTTP/1.1 404 Not Found\r\n\r\n" },
        { "DELETE", Ok + "Content-Length: 5\r\n\r\nhello" },
        { "POST", "HTTP/1.1 201 Created\r\nLocation: /a\r\nContent-Length: 5\r\n\r\nhello" },

        // Broken: the head.
        { "GET", "" },
        { "POST", "" },
        { "GET", "HTTP/1.1 200" },
        { "GET", Ok + "Content-Le" },
        { "GET", "HTTP/1.1 100 Continue\r\n\r\n" },
        { "GET", "nonsense\r\n\r\n" },
        { "GET", "HTTP/2.0 200 OK\r\n\r\n" },
        { "GET", "HTTP/1.1 20 OK\r\n\r\n" },
        { "GET", "HTTP/1.1 2000 OK\r\n\r\n" },
        { "GET", "HTTP/1.1 2x0 OK\r\n\r\n" },
        { "GET", Ok + "NoColon\r\n\r\n" },
        { "GET", Ok + ": empty\r\n\r\n" },
        { "GET", Ok + "A B: c\r\n\r\n" },
        { "GET", Ok + "A(: c\r\n\r\n" },
        { "GET", Ok + "A: " + new string('a', 70_000) + "\r\n\r\n" },

        // Broken: the body.
        { "GET", Ok + "Content-Length: 5\r\n\r\nhell" },
        { "GET", Ok + "Content-Length: 5\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\nx\r\nhello\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5 x\r\nhello\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n" },
        { "GET", Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nNoColon\r\n\r\n" },
    };

    /// <summary>Where the two differ on purpose: what the framework makes of it, and what this client does.</summary>
    public static TheoryData<string, string, string> Different => new()
    {
        // Lines folded over: the framework joins them, this client refuses (RFC 9112 section 5.2 lets a proxy do either).
        { Ok + "A: b\r\n c\r\nContent-Length: 0\r\n\r\n", "200", "InvalidResponse" },

        // Transfer codings that nobody asked for: the framework passes the coded body on as if it were the content.
        { Ok + "Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "200", "InvalidResponse" },
        { Ok + "Transfer-Encoding: gzip\r\n\r\nhello", "200", "InvalidResponse" },
        { Ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "200", "InvalidResponse" },

        // Lengths that contradict themselves: the framework reads until the connection ends, or takes the first.
        { Ok + "Content-Length: 5\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello!", "200", "InvalidResponse" },
        { Ok + "Content-Length: 5x\r\nConnection: close\r\n\r\nhello", "200", "InvalidResponse" },
        { Ok + "Content-Length: -5\r\nConnection: close\r\n\r\nhello", "200", "InvalidResponse" },

        // Bytes that no value may have: the framework puts a space in their place.
        { Ok + "A: b\rc\r\n\r\n", "200", "InvalidResponse" },
        { Ok + "A: b\0c\r\nContent-Length: 0\r\n\r\n", "200", "InvalidResponse" },
        { Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\rc\r\n\r\n", "200", "InvalidResponse" },

        // Length and coding: the coding counts for both, this client takes the length away (RFC 9112 section 6.3).
        { Ok + "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "content: Content-Length: 7 trailers:  'hello'", "content:  trailers:  'hello'" },

        // The same length twice: for the framework two values, which no client could be sent.
        { Ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "content: Content-Length: 5 & 5 trailers:  'hello'", "content: Content-Length: 5 trailers:  'hello'" },
    };

    [Theory]
    [MemberData(nameof(Same))]
    public async Task Answer_WholeAndByteByByte_IsThatOfTheFramework(string method, string raw)
    {
        using var framework = Asker.OfFramework();
        var expected = await AskAsync(framework, method, raw, byteByByte: false);
        using var own = Asker.Own();
        Assert.Equal(expected, await AskAsync(own, method, raw, byteByByte: false));
        if (raw.Length < 1000)
        {
            Assert.Equal(expected, await AskAsync(own, method, raw, byteByByte: true));
        }
    }

    [Theory]
    [MemberData(nameof(Different))]
    public async Task Answer_ThatTheFrameworkReadsMoreLoosely_IsReadStrictly(string raw, string ofFramework, string ofOwn)
    {
        using var framework = Asker.OfFramework();
        Assert.Contains(ofFramework, await AskAsync(framework, "GET", raw, byteByByte: false), StringComparison.Ordinal);
        using var own = Asker.Own();
        Assert.Contains(ofOwn, await AskAsync(own, "GET", raw, byteByByte: false), StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(Asker asker, string method, string raw, bool byteByByte)
    {
        await using var backend = new RawBackend(async peer =>
        {
            await peer.ReadRequestAsync();
            if (byteByByte)
            {
                foreach (var letter in raw)
                {
                    await peer.SendAsync(letter.ToString());
                }
            }
            else
            {
                await peer.SendAsync(raw);
            }

            peer.Finish();
        });
        var request = new HttpRequestMessage(new HttpMethod(method), backend.Address);
        if (method == "POST")
        {
            request.Content = new StringContent("body");
        }

        try
        {
            using var response = await asker.SendAsync(request, Patience.Token());
            var body = Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync(Patience.Token()));
            return $"{(int)response.StatusCode} '{response.ReasonPhrase}' {response.Version} {Lines(response.Headers.NonValidated)} content: {Lines(response.Content.Headers.NonValidated)} "
                + $"trailers: {Lines(response.TrailingHeaders.NonValidated)} '{body}'";
        }
        catch (HttpRequestException e)
        {
            return e.HttpRequestError.ToString();
        }
        catch (HttpIOException e)
        {
            return e.HttpRequestError.ToString();
        }
    }

    private static string Lines(System.Net.Http.Headers.HttpHeadersNonValidated headers) =>
        string.Join(" | ", headers.Select(static header => $"{header.Key}: {string.Join(" & ", (IEnumerable<string>)header.Value)}").Order(StringComparer.Ordinal));
}
