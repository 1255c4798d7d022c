using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace EdgeProxy.Transport;

/// <summary>
/// A connection to a destination as the stream that the framework's HTTP client and TLS work on: what waits for bytes runs on the event
/// loop's thread. A read of zero bytes waits until there is something, and holds no memory meanwhile.
/// </summary>
internal sealed class EpollStream(EpollSocket socket) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var registration = cancellationToken.UnsafeRegister(static (socket, token) => ((EpollSocket)socket!).CancelRead(token), socket);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (buffer.IsEmpty)
            {
                return await socket.WaitForBytesAsync();
            }

            await socket.WaitReadableAsync();
            var count = socket.Receive(buffer.Span, out var error);
            if (count >= 0)
            {
                return count;
            }

            if (error != SocketError.WouldBlock)
            {
                throw Failure("read from", error);
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var count = socket.Send(buffer.Span, out var error);
        return count == buffer.Length ? ValueTask.CompletedTask
            : count >= 0 || error == SocketError.WouldBlock ? WriteRestAsync(buffer[Math.Max(count, 0)..], cancellationToken)
            : ValueTask.FromException(Failure("write to", error));
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        socket.Close(abort: false);
        base.Dispose(disposing);
    }

    private async ValueTask WriteRestAsync(ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(static (socket, token) => ((EpollSocket)socket!).CancelWrite(token), socket);
        while (!rest.IsEmpty)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await socket.WaitWritableAsync();
            var count = socket.Send(rest.Span, out var error);
            if (count >= 0)
            {
                rest = rest[count..];
            }
            else if (error != SocketError.WouldBlock)
            {
                throw Failure("write to", error);
            }
        }
    }

    // As the framework's own network stream says it, so that callers tell the same failures apart.
    private static IOException Failure(string what, SocketError error)
    {
        var reason = new SocketException((int)error);
        return new IOException($"Unable to {what} the connection: {reason.Message}.", reason);
    }
}
