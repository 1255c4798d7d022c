using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeProxy.Transport;

/// <summary>A bound socket whose connections are handed to the event loops in turn.</summary>
internal sealed class EpollListener(Socket socket, MemoryPool<byte> pool, KestrelServerLimits limits) : IConnectionListener
{
    // nginx pauses for as long.
    private static readonly TimeSpan PauseWithoutDescriptors = TimeSpan.FromMilliseconds(500);

    private readonly ConnectionPipes _pipes = new(pool, limits);
    private readonly CancellationTokenSource _unbound = new();

    /// <inheritdoc/>
    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                return Begin(await socket.AcceptAsync(_unbound.Token));
            }
            catch (Exception e) when (_unbound.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
            {
                // The client stays in the kernel's queue until a descriptor is free.
                await Task.Delay(PauseWithoutDescriptors, TimeProvider.System, CancellationToken.None);
            }
            catch (SocketException)
            {
                // The client left before it was its turn.
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _unbound.Cancel();
        socket.Dispose();
        return default;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _unbound.Cancel();
        socket.Dispose();
        pool.Dispose();
        return default;
    }

    private EpollConnection Begin(Socket accepted)
    {
        EpollSocket? watched = null;
        try
        {
            if (accepted.LocalEndPoint is IPEndPoint)
            {
                accepted.NoDelay = true;
            }

            watched = new EpollSocket(accepted, EventLoops.Next());
            var connection = new EpollConnection(watched, _pipes);
            connection.Start();
            return connection;
        }
        catch
        {
            watched?.Close(abort: true);
            accepted.Dispose();
            throw;
        }
    }
}
