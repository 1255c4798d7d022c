using System.Net;
using System.Net.Sockets;

namespace EdgeProxy.TestKit;

/// <summary>A port that refuses every connection: it is taken, so that nobody else gets it, but nobody listens.</summary>
internal sealed class DeadPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public DeadPort()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_socket.LocalEndPoint!).Port}");
    }

    /// <summary>Its address.</summary>
    public Uri Address { get; }

    public void Dispose() => _socket.Dispose();
}
