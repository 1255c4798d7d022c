using System.Net;
using System.Security.Cryptography;
using EdgeProxy.Attempts;
using EdgeProxy.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Attempts;

/// <summary>Kestrel's own bodies under a replay, while the client has not sent all of its own.</summary>
public sealed class ReplayBodyKestrelTests
{
    private const int Half = 100_000;

    private static readonly byte[] Sent = RandomNumberGenerator.GetBytes(2 * Half);

    /// <summary>Over HTTP/2, and whether the body's length is announced.</summary>
    public static MatrixTheoryData<bool, bool> Transports => new([false, true], [false, true]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Attempt_CancelledMidUpload_NextOneGetsAll(bool http2, bool announced)
    {
        var gate = new Gate();
        await using var server = await StartAsync(http2, async context =>
        {
            await using var body = ReplayBody.Of(context.Request, Sent.Length);
            await BeginAndCancelAsync(body);
            gate.Open();
            using var next = body.OpenReader();
            var received = await ReplayReading.ToEndAsync(next, 65_536);
            await context.Response.Body.WriteAsync(SHA256.HashData(received));
        });

        using var client = CreateClient();
        Assert.Equal(SHA256.HashData(Sent), await SendAsync(client, server, http2, new GatedContent(gate, announced)));
    }

    [Theory]
    [InlineData(false, true, 2 * Half)]
    [InlineData(false, false, 2 * Half)]
    [InlineData(true, true, 2 * Half)]
    [InlineData(false, true, Half / 2)]
    [InlineData(false, false, Half / 2)]
    [InlineData(true, true, Half / 2)]
    public async Task Dispose_ClientStillSends_ServerGetsItsBodyBackWhole(bool http2, bool announced, int limit)
    {
        var gate = new Gate();
        var log = new LogCapture();
        await using var server = await StartAsync(
            http2,
            async context =>
            {
                await using (var body = ReplayBody.Of(context.Request, limit))
                {
                    await BeginAndCancelAsync(body);
                }

                gate.Open();
                using var rest = new MemoryStream();
                await context.Request.BodyReader.CopyToAsync(rest);
                await context.Response.Body.WriteAsync(SHA256.HashData(rest.ToArray()));
            },
            log);

        using var client = CreateClient();
        Assert.Equal(SHA256.HashData(Sent.AsSpan(Half)), await SendAsync(client, server, http2, new GatedContent(gate, announced)));
        Assert.Empty(log.Complaints);
    }

    /// <summary>An attempt that reads all there is, waits for more, and is cancelled.</summary>
    private static async Task BeginAndCancelAsync(ReplayBody body)
    {
        using var cancel = new CancellationTokenSource();
        using var reader = body.OpenReader();
        var first = new byte[Half];
        await reader.ReadExactlyAsync(first);
        Assert.True(first.AsSpan().SequenceEqual(Sent.AsSpan(0, Half)));
        var more = reader.ReadAsync(new byte[1], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => more);
    }

    private static HttpClient CreateClient() => new() { Timeout = Patience.Limit };

    private static async Task<byte[]> SendAsync(HttpClient client, WebApplication server, bool http2, HttpContent content)
    {
        var url = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = content,
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync(Token);
    }

    private static async Task<WebApplication> StartAsync(bool http2, RequestDelegate serve, LogCapture? log = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, endpoint => endpoint.Protocols = http2 ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var app = builder.Build();
        app.Run(serve);
        await app.StartAsync(Token);
        return app;
    }

    /// <summary>Sends the second half when it is let.</summary>
    private sealed class GatedContent(Gate gate, bool announced) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Sent.AsMemory(0, Half));
            await stream.FlushAsync();
            await gate.WaitAsync();
            await stream.WriteAsync(Sent.AsMemory(Half));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Sent.Length;
            return announced;
        }
    }
}
