using System.Net;
using System.Text;
using EdgeProxy.Upstream;

namespace EdgeProxy.Tests.Upstream;

public sealed class ResponseHeadTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", 19)]
    [InlineData("HTTP/1.1 200 OK\n\n", 17)]
    [InlineData("HTTP/1.1 200 OK\n\r\nX", 18)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n\r\nC\n\n", 25)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\n\nC\r\n\r\n", 23)]
    [InlineData("HTTP/1.1 200 OK\r\n", 0)]
    [InlineData("HTTP/1.1 200 OK\r\n\r", 0)]
    [InlineData("HTTP/1.1 200 OK\r\r\r", 0)]
    [InlineData("", 0)]
    public void Length_IsThatOfTheWholeHead(string bytes, int length)
    {
        Assert.Equal(length, ResponseHead.Length(Encoding.Latin1.GetBytes(bytes)));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK", 200, "OK", "1.1")]
    [InlineData("HTTP/1.0 200 OK", 200, "OK", "1.0")]
    [InlineData("HTTP/1.1 200", 200, "", "1.1")]
    [InlineData("HTTP/1.1 200 ", 200, "", "1.1")]
    [InlineData("HTTP/1.1 404 Not Found at all", 404, "Not Found at all", "1.1")]
    [InlineData("HTTP/1.1 100 Continue", 100, "Continue", "1.1")]
    [InlineData("HTTP/1.1 999 Odd", 999, "Odd", "1.1")]
    [InlineData("HTTP/1.1 200 caf\u00e9", 200, "caf\u00e9", "1.1")]
    public void StatusLine_IsRead(string line, int status, string reason, string version)
    {
        var (response, _, _, keepsAlive) = Read(line + "\r\n\r\n");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(reason, response.ReasonPhrase);
        Assert.Equal(version, response.Version.ToString());
        Assert.False(keepsAlive && status == 200);
    }

    public static TheoryData<string> Invalid =>
    [
        "\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 Low\r\n\r\n",
        "HTTP/1.1 +20 OK\r\n\r\n",
        "HTTP/1.1 2 0 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1\t200 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "http/1.1 200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/1.1 200 O\rK\r\n\r\n",
        "HTTP/1.1 200 O\0K\r\n\r\n",
        Ok + "NoColon\r\n\r\n",
        Ok + ": empty\r\n\r\n",
        Ok + " : empty\r\n\r\n",
        Ok + "A: b\r\n folded\r\n\r\n",
        Ok + "A: b\r\n\tfolded\r\n\r\n",
        Ok + " A: b\r\n\r\n",
        Ok + "A B: c\r\n\r\n",
        Ok + "A(: c\r\n\r\n",
        Ok + "\u00c4: c\r\n\r\n",
        Ok + "A\0: c\r\n\r\n",
        Ok + "A: b\rc\r\n\r\n",
        Ok + "A: b\r\r\n\r\n",
        Ok + "A: b\0c\r\n\r\n",
        Ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        Ok + "Content-Length: 5, 5\r\n\r\n",
        Ok + "Content-Length: -5\r\n\r\n",
        Ok + "Content-Length: +5\r\n\r\n",
        Ok + "Content-Length: 0x5\r\n\r\n",
        Ok + "Content-Length: 5 5\r\n\r\n",
        Ok + "Content-Length:\r\n\r\n",
        Ok + "Content-Length: 9223372036854775808\r\n\r\n",
        Ok + "Transfer-Encoding: gzip\r\n\r\n",
        Ok + "Transfer-Encoding: gzip, chunked\r\n\r\n",
        Ok + "Transfer-Encoding: chunked, gzip\r\n\r\n",
        Ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        Ok + "Transfer-Encoding: xchunked\r\n\r\n",
        Ok + "Transfer-Encoding:\r\n\r\n",
    ];

    [Theory]
    [MemberData(nameof(Invalid))]
    public void HeadThatIsNone_IsRefused(string head)
    {
        var failure = Assert.Throws<HttpRequestException>(() => Read(head));
        Assert.Equal(HttpRequestError.InvalidResponse, failure.HttpRequestError);
    }

    [Theory]
    [InlineData("", nameof(BodyFraming.Close), -1, false)]
    [InlineData("Content-Length: 5\r\n", nameof(BodyFraming.Length), 5, true)]
    [InlineData("Content-Length: 005\r\n", nameof(BodyFraming.Length), 5, true)]
    [InlineData("content-length:5\r\nContent-Length: 5 \r\n", nameof(BodyFraming.Length), 5, true)]
    [InlineData("Content-Length: 9223372036854775807\r\n", nameof(BodyFraming.Length), long.MaxValue, true)]
    [InlineData("Content-Length: 0\r\n", nameof(BodyFraming.None), 0, true)]
    [InlineData("Content-Length: 5\r\nConnection: close\r\n", nameof(BodyFraming.Length), 5, false)]
    [InlineData("Content-Length: 5\r\nConnection: Keep-Alive, Close\r\n", nameof(BodyFraming.Length), 5, false)]
    [InlineData("Content-Length: 5\r\nConnection: keep-alive\r\n", nameof(BodyFraming.Length), 5, true)]
    [InlineData("Transfer-Encoding: chunked\r\n", nameof(BodyFraming.Chunked), -1, true)]
    [InlineData("transfer-encoding: CHUNKED\r\n", nameof(BodyFraming.Chunked), -1, true)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", nameof(BodyFraming.Chunked), -1, false)]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", nameof(BodyFraming.Chunked), -1, false)]
    [InlineData("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", nameof(BodyFraming.Chunked), -1, false)]
    [InlineData("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", nameof(BodyFraming.Length), 5, true)]
    public void Framing_IsThatOfRfc9112(string headers, string framing, long length, bool keepsAlive)
    {
        var read = Read($"{Ok}{headers}\r\n");
        Assert.Equal((framing, length, keepsAlive), (read.Framing.ToString(), read.Length, read.KeepsAlive));
        Assert.Equal(length >= 0 ? length : null, read.Response.Content.Headers.ContentLength);
        Assert.True(!read.Response.Content.Headers.TryGetValues("Content-Length", out var values) || values.Count() == 1);
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content", false)]
    [InlineData("HTTP/1.1 304 Not Modified", false)]
    [InlineData("HTTP/1.1 103 Early Hints", false)]
    [InlineData("HTTP/1.1 200 OK", true)]
    public void AnswerThatHasNoBody_HasNoneWhateverItsHeadersSay(string line, bool isHead)
    {
        foreach (var headers in new[] { "", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n" })
        {
            var read = Read($"{line}\r\n{headers}\r\n", isHead);
            Assert.Equal((BodyFraming.None, true), (read.Framing, read.KeepsAlive));
        }
    }

    [Fact]
    public void Http10_IsNotKeptAlive()
    {
        Assert.False(Read("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n").KeepsAlive);
    }

    [Fact]
    public void Headers_GoWhereTheFrameworkHasThem()
    {
        string[] ofContent =
        [
            "Allow", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Location", "Content-MD5", "Content-Range", "Content-Type", "Expires", "Last-Modified",
        ];
        string[] others = ["Server", "Date", "ETag", "Set-Cookie", "X-Own", "Content-Security-Policy", "Host", "Authorization", "User-Agent", "Cookie", "Accept"];
        var response = Read(Ok + string.Concat(ofContent.Concat(others).Select(static name => $"{name.ToLowerInvariant()}: v\r\n")) + "\r\n").Response;
        Assert.All(ofContent, name => Assert.Equal("v", Assert.Single(response.Content.Headers.NonValidated[name])));
        Assert.All(others, name => Assert.Equal("v", Assert.Single(response.Headers.NonValidated[name])));
        Assert.Equal(ofContent.Length, response.Content.Headers.NonValidated.Count);
        Assert.Equal(others.Length, response.Headers.NonValidated.Count);
    }

    [Fact]
    public void Values_AreTrimmedLatin1InTheirOrder()
    {
        var response = Read(Ok + "A:b\r\nA: \t c d \t\r\nB:\r\nC: caf\u00e9\u0080\u00ff\r\nD : spaced\r\nE: a:b\nF: g\r\n\r\n").Response;
        var headers = response.Headers.NonValidated;
        Assert.Equal(["b", "c d"], headers["A"]);
        Assert.Equal("", Assert.Single(headers["B"]));
        Assert.Equal("caf\u00e9\u0080\u00ff", Assert.Single(headers["C"]));
        Assert.Equal("spaced", Assert.Single(headers["D"]));
        Assert.Equal("a:b", Assert.Single(headers["E"]));
        Assert.Equal("g", Assert.Single(headers["F"]));
    }

    [Fact]
    public void Trailers_AreThoseThatMayBeThere()
    {
        var response = new HttpResponseMessage();
        ResponseHead.ReadTrailers("X-Sum: 1\nx-sum:2\nContent-Length: 5\nTransfer-Encoding: chunked\nSet-Cookie: a=b\nHost: h\nX-Empty:\n"u8, response);
        Assert.Equal(["1", "2"], response.TrailingHeaders.NonValidated["X-Sum"]);
        Assert.Equal(2, response.TrailingHeaders.NonValidated.Count);
    }

    [Theory]
    [InlineData("NoColon\n")]
    [InlineData(": v\n")]
    [InlineData("A B: v\n")]
    [InlineData("A: b\n folded\n")]
    [InlineData("A: b\0\n")]
    public void Trailers_ThatAreNoFields_AreRefused(string lines)
    {
        Assert.Throws<HttpRequestException>(() => ResponseHead.ReadTrailers(Encoding.Latin1.GetBytes(lines), new HttpResponseMessage()));
    }

    private static (HttpResponseMessage Response, BodyFraming Framing, long Length, bool KeepsAlive) Read(string head, bool isHead = false)
    {
        var response = new HttpResponseMessage { Content = new ResponseContent() };
        var framing = ResponseHead.Read(Encoding.Latin1.GetBytes(head), response, isHead, out var length, out var keepsAlive);
        return (response, framing, length, keepsAlive);
    }
}
