using System.Net;
using System.Net.Sockets;
using EdgeProxy.Transport;

namespace EdgeProxy.Upstream;

/// <summary>
/// The idle connections to one host and port, the last used first. One that lives on the caller's event loop is preferred: then both
/// sides of a stream are served by one thread.
/// </summary>
/// <param name="url">A URL at the destination.</param>
/// <param name="settings">How long connections are kept.</param>
/// <param name="prepare">Sets a socket's options before it connects.</param>
/// <param name="time">The clock of idle times and ages.</param>
/// <param name="returned">Is told when there is a connection to sweep one day.</param>
internal sealed class Http1Pool(Uri url, UpstreamSettings settings, Action<Socket> prepare, TimeProvider time, Action returned)
{
    private readonly Lock _lock = new();
    private readonly List<Http1Connection> _idle = [];
    private readonly DnsEndPoint _destination = new(url.IdnHost, url.Port);
    private bool _isClosed;

    /// <summary>Host, and port where it is not 80, as a <c>Host</c> header has it.</summary>
    public string Authority { get; } = HttpUrl.HostHeader(url);

    /// <summary>An idle connection that can be used, or null.</summary>
    public Http1Connection? Take()
    {
        while (true)
        {
            Http1Connection? found;
            lock (_lock)
            {
                if (_idle.Count == 0)
                {
                    return null;
                }

                var index = _idle.Count - 1;
                if (EventLoop.Current is { } loop)
                {
                    while (index > 0 && _idle[index].Socket.Loop != loop)
                    {
                        index--;
                    }
                }

                found = _idle[index];
                _idle.RemoveAt(index);
            }

            if (CanBeUsed(found))
            {
                return found;
            }

            found.Dispose();
        }
    }

    /// <summary>A new connection.</summary>
    public async ValueTask<Http1Connection> ConnectAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(settings.ConnectTimeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return new Http1Connection(await EpollConnect.ConnectAsync(_destination, prepare, limit.Token), this, time.GetTimestamp());
        }
        catch (OperationCanceledException e)
        {
            throw cancellationToken.IsCancellationRequested
                ? new TaskCanceledException(e.Message, e, cancellationToken)
                : new TaskCanceledException($"The connection was not made within {settings.ConnectTimeout.TotalSeconds:0.#} s.", new TimeoutException(e.Message, e));
        }
        catch (SocketException e)
        {
            var error = e.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData ? HttpRequestError.NameResolutionError : HttpRequestError.ConnectionError;
            throw new HttpRequestException(error, e.Message, e);
        }
    }

    /// <summary>Keeps a connection whose answer is over for the next request.</summary>
    public void Return(Http1Connection connection)
    {
        connection.IdleSince = time.GetTimestamp();
        lock (_lock)
        {
            if (_isClosed)
            {
                connection.Dispose();
                return;
            }

            _idle.Add(connection);
        }

        returned();
    }

    /// <summary>Whether no connection is idle.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _idle.Count == 0;
            }
        }
    }

    /// <summary>Closes the connections that nobody may use any more.</summary>
    /// <returns>Whether none is left.</returns>
    public bool Sweep()
    {
        var useless = new List<Http1Connection>();
        lock (_lock)
        {
            _idle.RemoveAll(connection =>
            {
                if (CanBeUsed(connection))
                {
                    return false;
                }

                useless.Add(connection);
                return true;
            });
        }

        foreach (var connection in useless)
        {
            connection.Dispose();
        }

        return IsEmpty;
    }

    /// <summary>Closes every idle connection now, and those in use when their answer is over.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _idle.ForEach(static connection => connection.Dispose());
            _idle.Clear();
        }
    }

    private bool CanBeUsed(Http1Connection connection) =>
        !connection.Socket.HasNews && IsWithin(settings.IdleTimeout, connection.IdleSince) && IsWithin(settings.Lifetime, connection.MadeAt);

    private bool IsWithin(TimeSpan limit, long since) => limit == Timeout.InfiniteTimeSpan || time.GetElapsedTime(since) < limit;
}
