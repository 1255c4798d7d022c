using System.Text;
using EdgeProxy.Upstream;

namespace EdgeProxy.Tests.Upstream;

public sealed class RequestHeadTests
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    [Theory]
    [InlineData("http://example.com/", "example.com")]
    [InlineData("http://example.com:80/", "example.com")]
    [InlineData("http://example.com:8080/", "example.com:8080")]
    [InlineData("http://127.0.0.1:1234/", "127.0.0.1:1234")]
    [InlineData("http://[::1]/", "[::1]")]
    [InlineData("http://[::1]:1234/", "[::1]:1234")]
    [InlineData("http://b\u00fccher.example/", "xn--bcher-kva.example")]
    public void Host_OfAnyKindOfAddress_IsItsAuthority(string uri, string host)
    {
        Assert.Equal($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n", Write(new(HttpMethod.Get, uri)).Head);
    }

    [Fact]
    public void Host_OfTheRequest_IsTakenAndStandsOnce()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "http://127.0.0.1:1/a?b=c");
        request.Headers.Host = "front.example";
        Assert.Equal("GET /a?b=c HTTP/1.1\r\nHost: front.example\r\n\r\n", Write(request).Head);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("HEAD", "")]
    [InlineData("DELETE", "")]
    [InlineData("OPTIONS", "")]
    [InlineData("POST", "Content-Length: 0\r\n")]
    [InlineData("PUT", "Content-Length: 0\r\n")]
    [InlineData("PATCH", "Content-Length: 0\r\n")]
    [InlineData("PROPFIND", "Content-Length: 0\r\n")]
    public void NoContent_SaysSoWhereContentIsExpected(string method, string framing)
    {
        var (head, isChunked) = Write(new(new HttpMethod(method), "http://h/"));
        Assert.Equal($"{method} / HTTP/1.1\r\nHost: h\r\n{framing}\r\n", head);
        Assert.False(isChunked);
    }

    [Theory]
    [InlineData("get", "GET")]
    [InlineData("Head", "HEAD")]
    [InlineData("post", "POST")]
    [InlineData("m-search", "m-search")]
    public void Method_OfTheFramework_IsInCapitals(string method, string written)
    {
        Assert.StartsWith(written + " / ", Write(new(new HttpMethod(method), "http://h/")).Head, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_OfKnownLength_HasItsLength()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://h/") { Content = new ByteArrayContent(new byte[7]) };
        var (head, isChunked) = Write(request);
        Assert.Equal("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n", head);
        Assert.False(isChunked);
    }

    [Fact]
    public void Content_OfUnknownLength_IsChunkedWhateverItsHeadersClaim()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "http://h/") { Content = new StreamContent(new UnknownLength()) };
        request.Content.Headers.TryAddWithoutValidation("Content-Length", "12x");
        request.Headers.TryAddWithoutValidation("Transfer-Encoding", "gzip");
        var (head, isChunked) = Write(request);
        Assert.Equal("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", head);
        Assert.True(isChunked);
    }

    [Theory]
    [InlineData("Cookie", "a=1; b=2")]
    [InlineData("User-Agent", "a=1 b=2")]
    [InlineData("Accept", "a=1, b=2")]
    [InlineData("X-Own", "a=1, b=2")]
    public void Values_OfOneName_AreJoinedAsTheNameWants(string name, string joined)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "http://h/");
        request.Headers.TryAddWithoutValidation(name, ["a=1", "b=2"]);
        Assert.Equal($"GET / HTTP/1.1\r\nHost: h\r\n{name}: {joined}\r\n\r\n", Write(request).Head);
    }

    [Fact]
    public void Value_BeyondAscii_IsLatin1()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "http://h/");
        request.Headers.TryAddWithoutValidation("X-Own", "caf\u00e9 \u00ff\u0080");
        Assert.Equal("GET / HTTP/1.1\r\nHost: h\r\nX-Own: caf\u00e9 \u00ff\u0080\r\n\r\n", Write(request).Head);
    }

    [Theory]
    [InlineData("a\rb")]
    [InlineData("a\nb")]
    [InlineData("a\r\nEvil: 1")]
    [InlineData("a\0b")]
    public void Value_ThatWouldBreakTheHead_IsNotWritten(string value)
    {
        var header = new HttpRequestMessage(HttpMethod.Get, "http://h/");
        header.Headers.TryAddWithoutValidation("X-Own", value);
        Assert.Throws<HttpRequestException>(() => Write(header));

        var content = new HttpRequestMessage(HttpMethod.Post, "http://h/") { Content = new ByteArrayContent([1]) };
        content.Content.Headers.TryAddWithoutValidation("Content-Type", value);
        Assert.Throws<HttpRequestException>(() => Write(content));

        var host = new HttpRequestMessage(HttpMethod.Get, "http://h/");
        host.Headers.TryAddWithoutValidation("Host", value);
        Assert.Equal("GET / HTTP/1.1\r\nHost: h\r\n\r\n", Write(host).Head);
    }

    [Theory]
    [InlineData("/a b")]
    [InlineData("/a?b c")]
    [InlineData("/a\r\nEvil: 1")]
    [InlineData("/a\n")]
    [InlineData("/a\tb")]
    [InlineData("/a\0b")]
    [InlineData("/a\u007fb")]
    [InlineData("/caf\u00e9")]
    public void Target_ThatWouldBreakTheLine_IsRefused(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri("http://h" + path, AsItIs));
        Assert.Throws<HttpRequestException>(() => Write(request));
    }

    private static (string Head, bool IsChunked) Write(HttpRequestMessage request)
    {
        var buffer = default(ByteBuffer);
        var isChunked = RequestHead.Write(ref buffer, request, HttpUrl.HostHeader(request.RequestUri!));
        var head = Encoding.Latin1.GetString(buffer.Written);
        buffer.Release();
        return (head, isChunked);
    }

    private sealed class UnknownLength : MemoryStream
    {
        public override bool CanSeek => false;
    }
}
