using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace EdgeProxy.Transport;

/// <summary>
/// Kestrel's transport over <see cref="EventLoop"/>s, in place of the framework's for addresses and Unix sockets. Other endpoints, and
/// systems where epoll is missing, stay with the framework's.
/// </summary>
internal sealed class EpollListenerFactory(IMemoryPoolFactory<byte> pools, IOptions<KestrelServerOptions> kestrel, IOptions<SocketTransportOptions> sockets)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket listening;
        try
        {
            listening = sockets.Value.CreateBoundListenSocket(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            // What Kestrel's messages for the operator are made from.
            throw new AddressInUseException(e.Message, e);
        }

        listening.Listen(sockets.Value.Backlog);
        return new(new EpollListener(listening, pools.Create(), kestrel.Value.Limits));
    }
}
