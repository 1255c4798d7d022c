using System.Net;
using System.Net.Sockets;

namespace EdgeProxy.FunctionalTests.Upstream;

/// <summary>A port whose queue of connections is full: the kernel drops whoever knocks, so connecting there never ends.</summary>
internal sealed class DeafPort : IDisposable
{
    private readonly Socket _listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _waiting = [];

    public DeafPort()
    {
        _listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listening.Listen(0);
        var address = (IPEndPoint)_listening.LocalEndPoint!;
        Address = new Uri($"http://127.0.0.1:{address.Port}/");
        Socket next;
        do
        {
            // One that is not let in at once means that the queue is full.
            next = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _waiting.Add(next);
            try
            {
                next.Connect(address);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
            }
        }
        while (next.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite));
    }

    /// <summary>Its address.</summary>
    public Uri Address { get; }

    public void Dispose()
    {
        _waiting.ForEach(static socket => socket.Dispose());
        _listening.Dispose();
    }
}
