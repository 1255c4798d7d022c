using System.Net;
using System.Text;
using EdgeProxy.Forwarding;
using EdgeProxy.Upstream;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Forwarding;

/// <summary>What of a request's head is not simply copied. What is, the functional tests compare with YARP's.</summary>
public sealed class DirectRequestTests
{
    [Theory]
    [MemberData(nameof(YarpsOwn.NotCopied), MemberType = typeof(YarpsOwn))]
    public void Header_ThatYarpDoesNotCopy_IsNotCopied(string name)
    {
        var head = Write(name, "x");

        Assert.True(head is null || !head.Contains($"\r\n{name}:", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("X-Own", "a\r\nX-Evil: b")]
    [InlineData("X-Own", "a\nb")]
    [InlineData("X-Own", "a\0b")]
    [InlineData("X-\u00d6wn", "a")]
    public void Header_ThatWouldBreakTheHead_IsRefused(string name, string value) => Assert.Null(Write(name, value));

    [Fact]
    public void Head_HasOurForwardedHeadersAndTheClientsOwn() =>
        Assert.Equal("GET /a?b HTTP/1.1\r\nHost: backend:80\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: front\r\nX-Forwarded-Proto: http\r\nX-Own: a\r\n\r\n", Write("X-Own", "a"));

    [Theory]
    [InlineData("Accept-Encoding", "gzip", "X-Request-Id: id\r\n")]
    [InlineData("x-request-id", "theirs", "x-request-id: theirs\r\n")]
    [InlineData("X-Own", "a", "X-Own: a\r\nX-Request-Id: id\r\n")]
    public void Stream_HasAnId_AndMayNotBeEncoded(string name, string value, string headers) =>
        Assert.EndsWith($"\r\nX-Forwarded-Proto: http\r\n{headers}\r\n", Write(name, value, "id"), StringComparison.OrdinalIgnoreCase);

    private static string? Write(string name, string value, string? streamId = null)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse("192.0.2.1") } };
        context.Request.Method = "GET";
        context.Request.Scheme = "http";
        context.Request.Host = new HostString("front");
        context.Request.Headers[name] = value;
        ByteBuffer buffer = default;
        try
        {
            return DirectRequest.TryWrite(ref buffer, context, "/a?b", "backend:80", streamId) ? Encoding.Latin1.GetString(buffer.Written) : null;
        }
        finally
        {
            buffer.Release();
        }
    }
}
