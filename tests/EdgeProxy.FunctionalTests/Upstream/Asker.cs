using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeProxy.TestKit;
using EdgeProxy.Transport;
using EdgeProxy.Upstream;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>Sends requests as the proxy does: a message invoker over a handler, the head first, then the body.</summary>
internal sealed class Asker : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    private Asker(HttpMessageHandler handler) => _invoker = new(handler);

    /// <summary>Over the proxy's own client.</summary>
    public static Asker Own(TimeProvider? time = null, Action<SocketsHttpHandler>? configure = null)
    {
        Assert.SkipUnless(Epoll.IsSupported, "This system has no epoll.");
        var framework = Framework();
        configure?.Invoke(framework);
        framework.ConnectCallback = static (_, _) => throw new InvalidOperationException("This went to the framework's handler.");
        return new(new Http1Handler(framework, static socket => socket.NoDelay = true, time ?? TimeProvider.System));
    }

    /// <summary>Over the framework's client.</summary>
    public static Asker OfFramework() => new(Framework());

    /// <summary>The answer's head.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken = default) => _invoker.SendAsync(request, cancellationToken);

    /// <summary>The answer's head to a GET.</summary>
    public Task<HttpResponseMessage> GetAsync(Uri uri, CancellationToken cancellationToken = default) => SendAsync(new HttpRequestMessage(HttpMethod.Get, uri), cancellationToken);

    /// <summary>The body of a GET's answer.</summary>
    public async Task<string> GetTextAsync(Uri uri)
    {
        using var response = await GetAsync(uri, Patience.Token());
        return Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync(Patience.Token()));
    }

    public void Dispose() => _invoker.Dispose();

    private static SocketsHttpHandler Framework() => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };
}

/// <summary>Reads for tests.</summary>
internal static class Reads
{
    /// <summary>One read, however much it brings.</summary>
    public static async Task<int> ReadSomeAsync(this Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = await stream.ReadAsync(buffer, cancellationToken);
        return count;
    }
}
