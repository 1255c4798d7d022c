using System.Net;
using System.Net.Sockets;
using System.Text;
using EdgeProxy.Transport;
using EdgeProxy.Upstream;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeProxy.Hosting;

/// <summary>How EdgeProxy's connections to destinations differ from YARP's defaults.</summary>
internal sealed class UpstreamHttpClient(ILogger<ForwarderHttpClientFactory> logger, TransportChoice transport, TimeProvider time) : ForwarderHttpClientFactory(logger), IForwarderHttpClientFactory
{
    private readonly Lock _making = new();
    private Func<HttpMessageInvoker>? _own;

    /// <inheritdoc/>
    HttpMessageInvoker IForwarderHttpClientFactory.CreateClient(ForwarderHttpClientContext context)
    {
        lock (_making)
        {
            _own = null;
            var client = CreateClient(context);
            return _own?.Invoke() ?? client;
        }
    }

    /// <inheritdoc/>
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);

        // DNS changes are seen by new connections; those in use are not cut.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(10);

        // A response that is given up must stop the backend's work at once: draining it would let the model go on.
        handler.ResponseDrainTimeout = TimeSpan.Zero;
        handler.MaxResponseDrainSize = 0;

        // A backend that vanished without a word is noticed over HTTP/2 by ping, over HTTP/1.1 by TCP.
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        handler.ConnectCallback ??= transport.IsEpoll ? ConnectByEpollAsync : ConnectBySocketAsync;

        // Header values are bytes to a proxy (RFC 9110 5.5): what a client or a backend wrote beyond ASCII passes as it is.
        handler.RequestHeaderEncodingSelector ??= static (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector ??= static (_, _) => Encoding.Latin1;
    }

    /// <inheritdoc/>
    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler)
    {
        if (transport.IsEpoll && handler is SocketsHttpHandler framework && !HasOwnEncoding(context))
        {
            var own = new Http1Handler(framework, Prepare, time);
            _own = () => new Http1Client(own);
            handler = own;
        }

        return base.WrapHandler(context, handler);
    }

    private static bool HasOwnEncoding(ForwarderHttpClientContext context) =>
        context.NewConfig.RequestHeaderEncoding is not (null or "latin1") || context.NewConfig.ResponseHeaderEncoding is not (null or "latin1");

    private static async ValueTask<Stream> ConnectByEpollAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        new EpollStream(await EpollConnect.ConnectAsync(context.DnsEndPoint, Prepare, cancellationToken));

    private static async ValueTask<Stream> ConnectBySocketAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Prepare(socket);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
    }
}
