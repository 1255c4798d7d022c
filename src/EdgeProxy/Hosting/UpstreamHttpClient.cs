using System.Net.Sockets;
using System.Text;

namespace EdgeProxy.Hosting;

/// <summary>How EdgeProxy's connections to destinations differ from YARP's defaults.</summary>
internal static class UpstreamHttpClient
{
    /// <summary>Sets up the handler of one cluster; what the cluster's own <c>HttpClient</c> section sets has been applied before.</summary>
    public static void Configure(SocketsHttpHandler handler)
    {
        // DNS changes are seen by new connections; those in use are not cut.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(10);

        // A response that is given up must stop the backend's work at once: draining it would let the model go on.
        handler.ResponseDrainTimeout = TimeSpan.Zero;
        handler.MaxResponseDrainSize = 0;

        // A backend that vanished without a word is noticed over HTTP/2 by ping, over HTTP/1.1 by TCP.
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        handler.ConnectCallback ??= ConnectAsync;

        // Header values are bytes to a proxy (RFC 9110 5.5): what a client or a backend wrote beyond ASCII passes as it is.
        handler.RequestHeaderEncodingSelector ??= static (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector ??= static (_, _) => Encoding.Latin1;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
