using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Detection;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeProxy.Tests.Detection;

/// <summary>The peek on Kestrel's own bodies: nothing is lost, nothing stalls, little is held.</summary>
public sealed class BodyPeekKestrelTests
{
    private const int Timeout = 120_000;
    private const int Limit = 1024 * 1024;

    private static readonly (string Transport, HttpProtocols Protocol, bool AnnounceLength)[] Transports =
    [
        ("h1 with a length", HttpProtocols.Http1, true),
        ("h1 chunked", HttpProtocols.Http1, false),
        ("h2 with a length", HttpProtocols.Http2, true),
        ("h2 without", HttpProtocols.Http2, false),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A transport, the bytes of base64 before the flag, the bytes a piece, the wish.</summary>
    public static TheoryData<string, int, int, string> JsonBodies
    {
        get
        {
            var rows = new TheoryData<string, int, int, string>();
            foreach (var (transport, _, _) in Transports)
            {
                rows.Add(transport, 10, 1, "Stream");
                rows.Add(transport, 1000, 1 << 20, "Stream");
                rows.Add(transport, 300_000, 4096, "Stream");
                rows.Add(transport, 1_000_000, 1 << 20, "Stream");
                rows.Add(transport, 1_100_000, 4096, "DecidedLate");
                rows.Add(transport, 20_000_000, 1 << 16, "DecidedLate");
            }

            return rows;
        }
    }

    public static TheoryData<string> TransportNames => [.. Transports.Select(transport => transport.Transport)];

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(JsonBodies))]
    public async Task Peek_JsonOverTheWire_DecidesAndTheNextReaderGetsEveryByte(string transport, int filler, int piece, string expected)
    {
        var (_, protocol, announceLength) = Transports.Single(row => row.Transport == transport);
        await using var server = await PeekServer.StartAsync(protocol, Limit);
        var sent = Body(filler);

        var seen = await server.SendAsync(new PeekServer.PacedContent(sent, piece, announceLength), request => Speak(request, protocol));

        Assert.Equal(expected, seen.Wish.ToString());
        Assert.Equal(seen.Wish == StreamWish.DecidedLate ? StreamWish.Stream : null, seen.Late);
        Assert.Equal(sent.Length, seen.Length);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), seen.Sha256);
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(TransportNames))]
    public async Task Peek_FormWithAFileBeforeTheField_DecidesLate(string transport)
    {
        var (_, protocol, announceLength) = Transports.Single(row => row.Transport == transport);
        await using var server = await PeekServer.StartAsync(protocol, Limit);
        using var form = new MultipartFormDataContent("boundary")
        {
            { new ByteArrayContent(RandomNumberGenerator.GetBytes(3_000_000)), "image", "cat.png" },
            { new StringContent("true"), "stream" },
        };
        var sent = await form.ReadAsByteArrayAsync(Token);
        using var content = new PeekServer.PacedContent(sent, 50_000, announceLength, "multipart/form-data; boundary=boundary");

        var seen = await server.SendAsync(content, request => Speak(request, protocol));

        Assert.Equal((StreamWish.DecidedLate, StreamWish.Stream), (seen.Wish, seen.Late));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), seen.Sha256);
    }

    /// <summary>Held are the bytes that were looked at and what Kestrel had taken in beside them: its buffer (1 MB) or window.</summary>
    [Theory(Timeout = Timeout)]
    [MemberData(nameof(TransportNames))]
    public async Task Peek_LongBody_HoldsNoMoreThanTheLimit(string transport)
    {
        var (_, protocol, announceLength) = Transports.Single(row => row.Transport == transport);
        await using var server = await PeekServer.StartAsync(protocol, Limit);

        var seen = await server.SendAsync(new PeekServer.PacedContent(Body(8_000_000), 1 << 16, announceLength), request =>
        {
            Speak(request, protocol);
            request.RequestUri = new Uri(server.Url, "/?held");
        });

        Assert.Equal(StreamWish.DecidedLate, seen.Wish);
        Assert.InRange(seen.Held, 1, Limit + (1024 * 1024) + 65536);
    }

    [Theory(Timeout = Timeout)]
    [InlineData(true, 1000, "Stream")]
    [InlineData(false, 1000, "Stream")]
    [InlineData(true, 2_000_000, "DecidedLate")]
    [InlineData(false, 2_000_000, "DecidedLate")]
    public async Task Peek_ClientExpectsContinue_IsToldToGoOn(bool announceLength, int filler, string expected)
    {
        await using var server = await PeekServer.StartAsync(HttpProtocols.Http1, Limit);
        var sent = Body(filler);

        var seen = await server.SendAsync(new PeekServer.PacedContent(sent, 1 << 16, announceLength), request =>
            request.Headers.ExpectContinue = true);

        Assert.Equal(expected, seen.Wish.ToString());
        Assert.Equal(Convert.ToHexString(SHA256.HashData(sent)), seen.Sha256);
    }

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(TransportNames))]
    public async Task Peek_BodyLeftUnreadAfterwards_ConnectionGoesOn(string transport)
    {
        var (_, protocol, announceLength) = Transports.Single(row => row.Transport == transport);
        await using var server = await PeekServer.StartAsync(protocol, Limit);
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1 };
        using var client = new HttpClient(handler);
        foreach (var target in new[] { "/?ignore", "/?ignore", "/" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Url, target));
            Speak(request, protocol);
            request.Content = new PeekServer.PacedContent(Body(2000), 500, announceLength);
            using var response = await client.SendAsync(request, Token);
            Assert.Equal(StreamWish.Stream, PeekServer.Seen.Parse(await response.Content.ReadAsStringAsync(Token)).Wish);
        }
    }

    [Theory(Timeout = Timeout)]
    [InlineData("h1 with a length", 1000L)]
    [InlineData("h1 chunked", 1000L)]
    [InlineData("h2 with a length", 1000L)]
    [InlineData("h2 without", 1000L)]
    [InlineData("h1 with a length", null)]
    [InlineData("h2 without", null)]
    public async Task Peek_BodyLargerThanAllowed_Is413(string transport, long? routeLimit)
    {
        var (_, protocol, announceLength) = Transports.Single(row => row.Transport == transport);
        await using var server = await PeekServer.StartAsync(protocol, Limit, routeLimit, serverMaxBody: routeLimit is null ? 1000 : 100_000_000);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Url) { Content = new PeekServer.PacedContent(Body(1001), 4096, announceLength) };
        Speak(request, protocol);

        using var response = await client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal(413, Assert.IsAssignableFrom<Microsoft.AspNetCore.Http.BadHttpRequestException>(await server.Fault).StatusCode);
    }

    [Theory(Timeout = Timeout)]
    [InlineData(-1L)]
    [InlineData(10_000L)]
    public async Task Peek_RouteAllowsMoreThanTheServer_Passes(long routeLimit)
    {
        await using var server = await PeekServer.StartAsync(HttpProtocols.Http1, Limit, routeLimit, serverMaxBody: 1000);

        var seen = await server.SendAsync(new PeekServer.PacedContent(Body(2000), 4096, announceLength: true));

        Assert.Equal(StreamWish.Stream, seen.Wish);
    }

    [Theory(Timeout = Timeout)]
    [InlineData("Content-Length: 100", "{\"stream\"")]
    [InlineData("Transfer-Encoding: chunked", "9\r\n{\"stream\"\r\n")]
    public async Task Peek_ClientLeavesInTheMiddle_PassesTheFaultOn(string framing, string part)
    {
        await using var server = await PeekServer.StartAsync(HttpProtocols.Http1, Limit);
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Url.Port, Token);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{framing}\r\n\r\n{part}"), Token);
        }

        var fault = await server.Fault.WaitAsync(Token);

        Assert.True(fault is IOException or OperationCanceledException, fault.ToString());
    }

    private static byte[] Body(int filler) =>
        Encoding.ASCII.GetBytes($"{{\"input\":[{{\"image\":\"{new string('A', filler)}\"}}],\"stream\":true}}");

    private static void Speak(HttpRequestMessage request, HttpProtocols protocol)
    {
        request.Version = protocol == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
    }
}
