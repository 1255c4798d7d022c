using System.Globalization;
using System.Text;
using EdgeProxy.Streaming;
using EdgeProxy.Transport;

namespace EdgeProxy.Upstream;

/// <summary>
/// Where a request's content is written to: behind its head, chunked where no length was given. Under load the head leaves in one send
/// with what the content has at hand; it waits for no more than that.
/// </summary>
internal sealed class RequestBodyStream(Http1Connection connection) : WriteOnlyStream
{
    // Up to here a copy is cheaper than a further send.
    private const int TogetherBytes = 16 * 1024;

    private readonly Lock _opening = new();
    private ByteBuffer _buffer;
    private Task _head = Task.CompletedTask;
    private bool _isOpening;
    private bool _isChunked;
    private long _left;

    /// <summary>Whether the content was asked for its bytes: it may not be able to give them twice.</summary>
    public bool HasTakenContent { get; private set; }

    /// <summary>Sends a whole request.</summary>
    /// <exception cref="IOException">The connection failed.</exception>
    /// <exception cref="HttpRequestException">The request cannot be written, or its content failed.</exception>
    public async Task SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            _isChunked = RequestHead.Write(ref _buffer, request, connection.Authority);
            if (request.Content is { } content)
            {
                HasTakenContent = true;
                _left = content.Headers.ContentLength ?? 0;
                _isOpening = true;
                var copying = content.CopyToAsync(this, cancellationToken);
                Open(copying.IsCompleted);
                await copying;
                await _head;
                if (_isChunked)
                {
                    _buffer.Write("0\r\n\r\n"u8);
                }
                else if (_left > 0)
                {
                    throw new HttpRequestException($"The request's content ended {_left} bytes before its Content-Length.");
                }
            }

            if (_buffer.Length > 0)
            {
                await connection.WriteAsync(_buffer.WrittenMemory);
            }
        }
        finally
        {
            if (!_head.IsCompleted)
            {
                // The content failed and the head is stuck: nobody will ask for the rest.
                connection.Dispose();
                await _head.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            _buffer.Release();
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return default;
        }

        lock (_opening)
        {
            if (_isOpening && _buffer.Length + buffer.Length <= TogetherBytes)
            {
                Begin(buffer.Length);
                _buffer.Write(buffer.Span);
                End();
                return default;
            }

            _isOpening = false;
        }

        return WriteOpenAsync(buffer);
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        lock (_opening)
        {
            // Forwarders flush the head alone first. That is a further send, a quarter of a plain request's cost, which pays where nothing
            // else is to be done: the destination wakes up while the content is read. Else Open sees to it that the head does not wait.
            _isOpening &= EventLoop.IsBusy;
            return _isOpening ? Task.CompletedTask : FlushOpenAsync();
        }
    }

    /// <summary>The content has given what it had at hand; a further piece may be written by another thread by now.</summary>
    private void Open(bool isWhole)
    {
        lock (_opening)
        {
            if (_isOpening && !isWhole)
            {
                _head = SendBufferedAsync();
            }

            _isOpening = false;
        }
    }

    private async ValueTask WriteOpenAsync(ReadOnlyMemory<byte> bytes)
    {
        await _head;
        Begin(bytes.Length);
        if (_buffer.Length + bytes.Length <= TogetherBytes)
        {
            _buffer.Write(bytes.Span);
        }
        else
        {
            await SendBufferedAsync();
            await connection.WriteAsync(bytes);
        }

        End();
    }

    private async Task FlushOpenAsync()
    {
        await _head;
        await SendBufferedAsync();
    }

    private void Begin(int length)
    {
        if (_isChunked)
        {
            Encoding.ASCII.TryGetBytes(string.Create(CultureInfo.InvariantCulture, $"{length:X}\r\n"), _buffer.GetSpan(16), out var count);
            _buffer.Advance(count);
        }
        else if ((_left -= length) < 0)
        {
            // The bytes behind the end would be the next request.
            throw new HttpRequestException("The request's content is longer than its Content-Length.");
        }
    }

    private void End()
    {
        if (_isChunked)
        {
            _buffer.Write("\r\n"u8);
        }
    }

    private async Task SendBufferedAsync()
    {
        if (_buffer.Length > 0)
        {
            await connection.WriteAsync(_buffer.WrittenMemory);
            _buffer.Release();
        }
    }
}
