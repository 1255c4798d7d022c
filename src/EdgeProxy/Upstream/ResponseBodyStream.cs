using System.Net.Sockets;
using EdgeProxy.Detection;

namespace EdgeProxy.Upstream;

/// <summary>
/// A response's body: bytes are received into the reader's own buffer and freed of their framing there. A read of zero bytes waits until
/// there is something and holds no memory meanwhile. Given up before its end, it closes the connection, which stops the destination's work.
/// </summary>
internal sealed class ResponseBodyStream : ReadOnlyStream
{
    private readonly HttpResponseMessage? _response;
    private readonly BodyFraming _framing;
    private readonly Task _sending;
    private readonly bool _keepsAlive;
    private CancellationTokenRegistration _cancellation;
    private CancellationTokenRegistration _reading;
    private Http1Connection? _connection;
    private ChunkedDecoder _decoder;
    private long _left;

    /// <param name="connection">The connection, which holds what came behind the head.</param>
    /// <param name="response">Gets the trailers; null if nobody does.</param>
    /// <param name="framing">How the body ends.</param>
    /// <param name="length">How long it is, where that is its framing.</param>
    /// <param name="keepsAlive">Whether the connection may carry another request.</param>
    /// <param name="sending">The request's own sending, which may still go on.</param>
    /// <param name="cancellation">Closes the connection when the request is cancelled; the body ends it.</param>
    public ResponseBodyStream(
        Http1Connection connection, HttpResponseMessage? response, BodyFraming framing, long length, bool keepsAlive, Task sending, CancellationTokenRegistration cancellation)
    {
        _connection = connection;
        _response = response;
        _framing = framing;
        _left = length;
        _keepsAlive = keepsAlive;
        _sending = sending;
        _cancellation = cancellation;
        if (framing == BodyFraming.None)
        {
            End(extra: connection.Buffered);
        }
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_connection is not { } connection)
        {
            return new(0);
        }

        // The caller's token closes the connection already: only another one needs a registration of its own.
        if (cancellationToken.CanBeCanceled && cancellationToken != _cancellation.Token)
        {
            return ReadAsync(connection, buffer, cancellationToken);
        }

        if (buffer.IsEmpty)
        {
            return connection.Buffered > 0 ? new(0) : connection.Socket.WaitForBytesAsync();
        }

        return connection.Buffered > 0 || connection.Socket.IsWorthATry ? TryRead(connection, buffer) : ReadSlowlyAsync(connection, buffer);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            _cancellation.Dispose();
            connection.Abandon();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadAsync(Http1Connection connection, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        _reading = cancellationToken.UnsafeRegister(static (connection, token) => ((Http1Connection)connection!).Cancel(token), connection);
        try
        {
            if (connection.IsCancelled)
            {
                throw connection.Cancelled();
            }

            return !buffer.IsEmpty ? await ReadSlowlyAsync(connection, buffer) : connection.Buffered > 0 ? 0 : await connection.Socket.WaitForBytesAsync();
        }
        finally
        {
            _reading.Dispose();
        }
    }

    private ValueTask<int> TryRead(Http1Connection connection, Memory<byte> buffer)
    {
        try
        {
            var count = Receive(connection, buffer.Span);
            return count is { } bytes ? new(bytes) : ReadSlowlyAsync(connection, buffer);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<int>(e);
        }
    }

    private async ValueTask<int> ReadSlowlyAsync(Http1Connection connection, Memory<byte> buffer)
    {
        while (true)
        {
            if (connection.Buffered == 0)
            {
                await connection.Socket.WaitReadableAsync();
            }

            if (Receive(connection, buffer.Span) is { } count)
            {
                return count;
            }
        }
    }

    /// <summary>Takes what is there.</summary>
    /// <returns>How many bytes of the body came, 0 at its end, null if there are none yet.</returns>
    private int? Receive(Http1Connection connection, Span<byte> buffer)
    {
        try
        {
            return ReceiveOnce(connection, buffer);
        }
        catch
        {
            // What follows a broken part is no body: a reader that goes on all the same finds the connection closed.
            connection.Abandon();
            throw;
        }
    }

    private int? ReceiveOnce(Http1Connection connection, Span<byte> buffer)
    {
        int count;
        if (connection.Buffered > 0 && connection.TakeBuffered(buffer) is var buffered and > 0)
        {
            count = buffered;
        }
        else
        {
            count = connection.Socket.Receive(buffer, out var error);
            if (count < 0)
            {
                return error == SocketError.WouldBlock ? null : throw connection.Failure(error);
            }
        }

        return count == 0 ? Closed(connection) : Take(connection, buffer[..count]);
    }

    private int? Take(Http1Connection connection, Span<byte> bytes)
    {
        switch (_framing)
        {
            case BodyFraming.Length:
                var taken = (int)Math.Min(_left, bytes.Length);
                _left -= taken;
                if (_left == 0)
                {
                    End(bytes.Length - taken + connection.Buffered);
                }

                return taken;

            case BodyFraming.Chunked:
                var state = _decoder.Decode(bytes, out var content, out var extra);
                if (state == ChunkedState.Invalid)
                {
                    throw new HttpIOException(HttpRequestError.InvalidResponse, "The response's chunked coding is broken.");
                }

                if (state == ChunkedState.Ended)
                {
                    ReadTrailers();
                    End(extra + connection.Buffered);
                    return content;
                }

                return content > 0 ? content : null;

            default:
                return bytes.Length;
        }
    }

    private void ReadTrailers()
    {
        try
        {
            ResponseHead.ReadTrailers(_decoder.Trailers, _response);
        }
        catch (HttpRequestException e)
        {
            throw new HttpIOException(HttpRequestError.InvalidResponse, "The response's trailers are broken.", e);
        }
    }

    private int Closed(Http1Connection connection)
    {
        if (connection.IsCancelled)
        {
            throw connection.Cancelled();
        }

        if (_framing != BodyFraming.Close)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, "The destination closed the connection before its answer was whole.");
        }

        End(extra: 0);
        return 0;
    }

    private void End(int extra)
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            // Before the connection is anybody else's: a token of this answer must not close another's.
            _cancellation.Dispose();
            _reading.Dispose();

            // Bytes behind the end are nobody's answer, and a request that is still being sent leaves the connection unusable.
            connection.Release(_keepsAlive && extra == 0 && _sending.IsCompletedSuccessfully);
        }
    }
}
