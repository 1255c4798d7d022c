using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using EdgeProxy.Detection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Detection;

/// <summary>
/// A real Kestrel that peeks into each request's body, then reads the body as YARP does (an empty read, then one with a buffer) and
/// answers with what it saw.
/// </summary>
internal sealed class PeekServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TaskCompletionSource<Exception> _fault = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _limit;
    private readonly long? _maxBody;

    private PeekServer(WebApplication app, int limit, long? maxBody)
    {
        _app = app;
        _limit = limit;
        _maxBody = maxBody;
    }

    /// <summary>The first exception out of a peek or a read.</summary>
    public Task<Exception> Fault => _fault.Task;

    public Uri Url { get; private set; } = null!;

    public static async Task<PeekServer> StartAsync(HttpProtocols protocol, int limit = 1024 * 1024, long? maxBody = null, long? serverMaxBody = 100_000_000)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = serverMaxBody;
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = protocol);
        });
        var app = builder.Build();
        var server = new PeekServer(app, limit, maxBody);
        app.Run(server.ServeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        server.Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return server;
    }

    /// <summary>Sends a body and gives what the server says it was.</summary>
    public async Task<Seen> SendAsync(HttpContent content, Action<HttpRequestMessage>? prepare = null)
    {
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = content };
        prepare?.Invoke(request);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Seen.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        try
        {
            var seen = await LookAsync(context);
            await context.Response.WriteAsync(seen.ToString());
        }
        catch (Exception fault)
        {
            _fault.TrySetResult(fault);
            throw;
        }
    }

    private async Task<Seen> LookAsync(HttpContext context)
    {
        var request = context.Request;
        var reader = request.BodyReader;
        var verdict = StreamDetector.FromHead(request, new DetectionSettings(DetectMode.Auto, Dialect: null, _limit));
        var peek = await BodyPeek.PeekAsync(request, verdict, _limit, _maxBody, context.RequestAborted);
        if (request.Query.ContainsKey("ignore"))
        {
            return new Seen(peek.Wish, null, 0, "", 0);
        }

        if (request.Query.ContainsKey("held"))
        {
            var read = await reader.ReadAsync();
            reader.AdvanceTo(read.Buffer.End);
            await reader.CopyToAsync(Stream.Null);
            return new Seen(peek.Wish, null, 0, "", read.Buffer.Length);
        }

        using var late = peek.Wish == StreamWish.DecidedLate ? new LateDecisionBody(request.Body, verdict, peek) : null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var body = late ?? request.Body;
        var buffer = new byte[65536];
        long length = 0;
        while (true)
        {
            Assert.Equal(0, await body.ReadAsync(Memory<byte>.Empty, context.RequestAborted));
            var count = await body.ReadAsync(buffer, context.RequestAborted);
            if (count == 0)
            {
                break;
            }

            hash.AppendData(buffer, 0, count);
            length += count;
        }

        return new Seen(peek.Wish, late is null ? null : await late.Decision, length, Convert.ToHexString(hash.GetHashAndReset()), 0);
    }

    /// <summary>What the server saw: the wish after the peek, the late one if there is, and the body as it was read afterwards.</summary>
    internal sealed record Seen(StreamWish Wish, StreamWish? Late, long Length, string Sha256, long Held)
    {
        public static Seen Parse(string text)
        {
            var parts = text.Split('|');
            return new Seen(
                Enum.Parse<StreamWish>(parts[0]),
                parts[1].Length == 0 ? null : Enum.Parse<StreamWish>(parts[1]),
                long.Parse(parts[2]),
                parts[3],
                long.Parse(parts[4]));
        }

        public override string ToString() => $"{Wish}|{Late}|{Length}|{Sha256}|{Held}";
    }

    /// <summary>A body in pieces, each of them flushed.</summary>
    internal sealed class PacedContent : HttpContent
    {
        private readonly byte[] _body;
        private readonly int _piece;
        private readonly bool _announceLength;

        public PacedContent(byte[] body, int piece, bool announceLength, string contentType = "application/json")
        {
            _body = body;
            _piece = piece;
            _announceLength = announceLength;
            Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            for (var at = 0; at < _body.Length; at += _piece)
            {
                await stream.WriteAsync(_body.AsMemory(at, Math.Min(_piece, _body.Length - at)), cancellationToken);
                await stream.FlushAsync(cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Length;
            return _announceLength;
        }
    }
}
