using System.Net;
using System.Security.Cryptography;
using System.Text;
using EdgeProxy.TestKit;
using EdgeProxy.Transport;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.FunctionalTests.Transport;

/// <summary>Much data through Kestrel on the event loops, over plain TCP, TLS and HTTP/2.</summary>
public sealed class BulkTests
{
    private const int Bytes = 64 << 20;

    public static TheoryData<string, string> Ways => new()
    {
        { "http", "1.1" },
        { "https", "1.1" },
        { "https", "2.0" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Download_WithASlowReader_IsWhole(string scheme, string version)
    {
        await using var host = await StartAsync(static async context =>
        {
            var random = new Random(1);
            var buffer = new byte[100_000];
            for (var left = Bytes; left > 0;)
            {
                var count = Math.Min(random.Next(1, buffer.Length), left);
                random.NextBytes(buffer.AsSpan(0, count));
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count));
                left -= count;
            }
        });
        using var client = Client();
        using var response = await client.SendAsync(Request(host, scheme, version), HttpCompletionOption.ResponseHeadersRead, Patience.Token());
        await using var body = await response.Content.ReadAsStreamAsync(Patience.Token());

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[60_000];
        var pause = 0;
        while (await body.ReadAsync(buffer, Patience.Token()) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
            if (++pause % 50 == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            }
        }

        Assert.Equal(Expected(), Convert.ToHexString(hash.GetHashAndReset()));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Upload_WithASlowReader_IsWhole(string scheme, string version)
    {
        await using var host = await StartAsync(static async context =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[60_000];
            var pause = 0;
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var count)
            {
                hash.AppendData(buffer, 0, count);
                if (++pause % 50 == 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                }
            }

            await context.Response.WriteAsync(Convert.ToHexString(hash.GetHashAndReset()));
        });
        using var client = Client();
        var request = Request(host, scheme, version);
        request.Method = HttpMethod.Post;
        request.Content = new StreamContent(new RandomBytes(Bytes));
        using var response = await client.SendAsync(request, Patience.Token());
        Assert.Equal(Expected(), await response.Content.ReadAsStringAsync(Patience.Token()));
    }

    [Fact]
    public async Task BothWaysAtOnce_Echo_IsWhole()
    {
        await using var host = await StartAsync(static context => context.Request.Body.CopyToAsync(context.Response.Body));
        using var client = Client();
        var request = Request(host, "http", "1.1");
        request.Method = HttpMethod.Post;
        request.Content = new StreamContent(new RandomBytes(Bytes));

        // The proxy's own client: it reads the answer while it sends.
        using var asker = Upstream.Asker.Own();
        using var response = await asker.SendAsync(request, Patience.Token());
        await using var body = await response.Content.ReadAsStreamAsync(Patience.Token());
        Assert.Equal(Expected(), Convert.ToHexString(await SHA256.HashDataAsync(body, Patience.Token())));
    }

    [Fact]
    public async Task ClientThatFloodsALoop_DoesNotKeepTheOthersOut()
    {
        await using var host = await StartAsync(static async context =>
        {
            if (context.Request.Method == "POST")
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
            }

            await context.Response.WriteAsync("done");
        });
        using var client = Client();
        var flood = new Endless();
        var flooding = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => client.PostAsync(host.Address, new StreamContent(flood), Patience.Token())).ToArray();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("done", await client.GetStringAsync(host.Address, Patience.Token()));
        }

        flood.End();
        foreach (var response in await Task.WhenAll(flooding))
        {
            Assert.Equal("done", await response.Content.ReadAsStringAsync(Patience.Token()));
        }
    }

    private static Task<EpollHost> StartAsync(RequestDelegate handler) => EpollHost.StartAsync(handler, static kestrel =>
    {
        kestrel.Listen(IPAddress.Loopback, 0);
        kestrel.Listen(IPAddress.Loopback, 0, static options => options.UseHttps(System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadPkcs12(TestCertificate.Pkcs12, null)));
    });

    private static HttpRequestMessage Request(EpollHost host, string scheme, string version) =>
        new(HttpMethod.Get, host.Addresses[scheme == "http" ? 0 : 1]) { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private static HttpClient Client() => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = static (_, shown, _, _) => TestCertificate.IsOurs(shown) },
    });

    private static string Expected()
    {
        using var bytes = new RandomBytes(Bytes);
        return Convert.ToHexString(SHA256.HashData(bytes));
    }

    /// <summary>The same bytes each time.</summary>
    private sealed class RandomBytes(int length) : Source
    {
        private readonly Random _random = new(1);
        private readonly byte[] _block = new byte[100_000];
        private int _left = length;
        private int _at;
        private int _end;

        public override int Read(Span<byte> buffer)
        {
            if (_at == _end)
            {
                _end = Math.Min(_random.Next(1, _block.Length), _left);
                _random.NextBytes(_block.AsSpan(0, _end));
                _left -= _end;
                _at = 0;
            }

            var count = Math.Min(buffer.Length, _end - _at);
            _block.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }
    }

    private sealed class Endless : Source
    {
        private volatile bool _isOver;

        public void End() => _isOver = true;

        public override int Read(Span<byte> buffer) => _isOver ? 0 : buffer.Length;
    }

    private abstract class Source : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public abstract override int Read(Span<byte> buffer);

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
