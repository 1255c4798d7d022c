using System.Text;
using EdgeProxy.Bench.Load;

namespace EdgeProxy.Tests.Bench;

public sealed class HttpResponseParserTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    /// <summary>What comes over a connection, and its parts: heads by status, bodies, <c>|</c> for an end and <c>!</c> for an error.</summary>
    public static TheoryData<string, string> Connections() => new()
    {
        { Ok + "Content-Length: 5\r\n\r\nhello", "200 hello|" },
        { Ok + "content-length:5\r\n\r\nhello" + Ok + "Content-Length: 0\r\n\r\n", "200 hello|200 |" },
        { Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "200 hello|" },
        { Ok + "X: y\r\nTransfer-Encoding: chunked\r\n\r\n00A;x=y\r\n0123456789\r\n1\r\n!\r\n0\r\nTrailer: 1\r\nOther: 2\r\n\r\n" + Ok + "Content-Length: 2\r\n\r\nhi", "200 0123456789!|200 hi|" },
        { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno", "503 no|" },
        { Ok + "Connection: close\r\n\r\nup to the end", "200 up to the end" },
        { Ok + "Transfer-Encoding: chunked\r\n\r\nxyz", "200 !" },
        { Ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello", "200 he!" },
        { Ok + "Transfer-Encoding: chunked\r\n\r\n\r\n", "200 !" },
        { Ok + "Content-Length: many\r\n\r\n", "!" },
        { "HTTP/1.0 200 OK\r\n\r\n", "!" },
        { "SSH-2.0-OpenSSH\r\n\r\n", "!" },
    };

    [Theory]
    [MemberData(nameof(Connections))]
    public void Connection_InPiecesOfAnySize_HasItsParts(string bytes, string expected)
    {
        foreach (var piece in (int[])[int.MaxValue, 1, 2, 3, 17])
        {
            Assert.Equal(expected, Parts(bytes, piece));
        }
    }

    [Fact]
    public void Head_WithoutEnd_IsAnError() => Assert.Equal("!", Parts(Ok + "X: " + new string('x', 20_000), 1000));

    [Fact]
    public void Close_IsTheEnd_WhereNothingElseSaysIt()
    {
        var parser = new HttpResponseParser();
        Assert.True(parser.IsBetweenAnswers);
        Assert.False(parser.EndsAtClose);
        ReadOnlySpan<byte> input = Encoding.ASCII.GetBytes(Ok + "\r\nbody");
        Assert.Equal(HttpPart.Head, parser.Next(ref input, out _));
        Assert.True(parser.EndsAtClose);
        Assert.True(parser.Closes);
        Assert.False(parser.IsBetweenAnswers);
    }

    private static string Parts(string bytes, int piece)
    {
        var parser = new HttpResponseParser();
        var parts = new StringBuilder();
        foreach (var chunk in Encoding.ASCII.GetBytes(bytes).Chunk(Math.Min(piece, 1 << 20)))
        {
            ReadOnlySpan<byte> input = chunk;
            HttpPart part;
            while ((part = parser.Next(ref input, out var body)) != HttpPart.NeedsMore)
            {
                _ = part switch
                {
                    HttpPart.Head => parts.Append(parser.Status).Append(' '),
                    HttpPart.Body => parts.Append(Encoding.ASCII.GetString(body)),
                    HttpPart.End => parts.Append('|'),
                    _ => parts.Append('!'),
                };
                if (part == HttpPart.Error)
                {
                    return parts.ToString();
                }
            }
        }

        return parts.ToString();
    }
}
