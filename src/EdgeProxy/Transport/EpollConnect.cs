using System.Net;
using System.Net.Sockets;

namespace EdgeProxy.Transport;

/// <summary>Connects to a destination on an event loop.</summary>
internal static class EpollConnect
{
    /// <summary>Tries the addresses of a host in the resolver's order until one answers.</summary>
    /// <param name="destination">Host and port.</param>
    /// <param name="prepare">Sets options before the connection is made.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">None answered; the last one's error.</exception>
    public static async ValueTask<EpollSocket> ConnectAsync(DnsEndPoint destination, Action<Socket> prepare, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(destination.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(destination.Host, cancellationToken);
        SocketException failure = new((int)SocketError.HostNotFound);
        foreach (var address in addresses)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(address, destination.Port), prepare, cancellationToken);
            }
            catch (SocketException e)
            {
                failure = e;
            }
        }

        throw failure;
    }

    private static async ValueTask<EpollSocket> ConnectAsync(IPEndPoint address, Action<Socket> prepare, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        EpollSocket? connecting = null;
        try
        {
            prepare(socket);

            // Watched after the call: epoll tells of an unconnected socket that it is hung up.
            if (!SocketCalls.Connect(socket.SafeHandle, address.Serialize(), out var failure) && failure != SocketError.InProgress)
            {
                throw new SocketException((int)failure);
            }

            connecting = new EpollSocket(socket, EventLoops.CurrentOrNext());
            if (failure == SocketError.InProgress)
            {
                using var registration = cancellationToken.UnsafeRegister(static (socket, token) => ((EpollSocket)socket!).CancelWrite(token), connecting);
                cancellationToken.ThrowIfCancellationRequested();
                await connecting.WaitWritableAsync();
                cancellationToken.ThrowIfCancellationRequested();
                if ((int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! is not 0 and var error)
                {
                    throw new SocketException(error);
                }
            }

            return connecting;
        }
        catch
        {
            connecting?.Close(abort: true);
            socket.Dispose();
            throw;
        }
    }
}
