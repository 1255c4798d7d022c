using System.Text;
using EdgeProxy.Forwarding;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Forwarding;

/// <summary>Which answers are of the common kind, and what becomes of the others: nothing.</summary>
public sealed class DirectAnswerTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    [Theory]
    [InlineData(Ok + "Content-Length: 2\r\n\r\n{}", "Content-Length: 2")]
    [InlineData(Ok + "Content-Length: 0\r\n\r\n", "Content-Length: 0")]
    [InlineData(Ok + "content-length:2\r\nX-Own:\r\n\r\n{}", "Content-Length: 2\nX-Own: ")]
    [InlineData(Ok + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\n{}", "Content-Length: 2\nSet-Cookie: a=1|b=2")]
    [InlineData(Ok + "Connection: Keep-Alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\n{}", "Content-Length: 2")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", "Content-Length: 4")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", "Content-Length: 2")]
    public void Answer_OfTheCommonKind_IsCopied(string answer, string headers)
    {
        var (isPassed, response) = Pass(answer);

        Assert.True(isPassed);
        Assert.Equal(answer[9..12], $"{response.StatusCode}");
        Assert.Equal(headers, string.Join('\n', response.Headers.OrderBy(static header => header.Key, StringComparer.OrdinalIgnoreCase).Select(static header => $"{header.Key}: {string.Join('|', header.Value.ToArray())}")), ignoreCase: true);
    }

    [Theory]
    [InlineData(Ok + "\r\n")]
    [InlineData(Ok + "Content-Length: 3\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 1\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: +2\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: -2\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2x\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: \r\n\r\n")]
    [InlineData(Ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nConnection: close\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nConnection: keep-alive, x-own\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nUpgrade: h2c\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nX-Own: a\tb\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nX-Own: caf\u00e9\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nX-Own: a\rSet-Cookie: b\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nX-Own: a\r\n b\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nNoColon\r\n\r\n{}")]
    [InlineData(Ok + "Content-Length: 2\r\nA B: c\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200 Fine\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 +20 OK\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 600 OK\r\nContent-Length: 2\r\n\r\n{}")]
    public void Answer_OfAnotherKind_LeavesTheResponseUntouched(string answer)
    {
        var (isPassed, response) = Pass(answer);

        Assert.False(isPassed);
        Assert.Equal(200, response.StatusCode);
        Assert.Empty(response.Headers);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n", "Chunked", 0)]
    [InlineData("transfer-encoding:CHUNKED\r\n", "Chunked", 0)]
    [InlineData("Content-Length: 5000000000\r\n", "Length", 5_000_000_000)]
    [InlineData("Content-Length: 0\r\n", "None", 0)]
    [InlineData("", null, 0)]
    [InlineData("Content-Length: -1\r\n", null, 0)]
    [InlineData("Content-Length: 99999999999999999999\r\n", null, 0)]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", null, 0)]
    [InlineData("Transfer-Encoding: identity\r\n", null, 0)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", null, 0)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", null, 0)]
    [InlineData("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", null, 0)]
    public void Head_NamesOneFraming(string headers, string? expected, long expectedLength)
    {
        var response = new DefaultHttpContext().Response;

        var isPassed = DirectAnswer.TryPassHead(Encoding.Latin1.GetBytes($"{Ok}Content-Type: text/event-stream\r\n{headers}\r\n"), response, out var framing, out var length);

        Assert.Equal(expected is not null, isPassed);
        Assert.Equal(isPassed ? "text/event-stream" : null, response.ContentType);
        if (isPassed)
        {
            Assert.Equal((expected, expectedLength), ($"{framing}", length));
            Assert.DoesNotContain("Transfer-Encoding", response.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [MemberData(nameof(YarpsOwn.NotCopied), MemberType = typeof(YarpsOwn))]
    public void Header_ThatYarpDoesNotCopy_IsNotCopied(string name)
    {
        var (isPassed, response) = Pass($"{Ok}Content-Length: 2\r\n{name}: x\r\n\r\n{{}}");

        Assert.True(!isPassed || !response.Headers.ContainsKey(name));
    }

    private static (bool IsPassed, HttpResponse Response) Pass(string answer)
    {
        var response = new DefaultHttpContext().Response;
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var head = end >= 0 ? end + 4 : answer.IndexOf("\n\n", StringComparison.Ordinal) + 2;
        var isPassed = DirectAnswer.TryPassWhole(Encoding.Latin1.GetBytes(answer), head, response, out var length);
        Assert.Equal(answer.Length - head, length);
        return (isPassed, response);
    }
}
