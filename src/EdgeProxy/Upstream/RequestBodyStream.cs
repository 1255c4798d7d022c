using System.Globalization;
using System.Text;
using EdgeProxy.Streaming;

namespace EdgeProxy.Upstream;

/// <summary>Where a request's content is written to: behind its head, chunked where no length was given.</summary>
internal sealed class RequestBodyStream(Http1Connection connection) : WriteOnlyStream
{
    // Up to here a copy is cheaper than a further send: head and small bodies leave together.
    private const int TogetherBytes = 16 * 1024;

    private ByteBuffer _buffer;
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
            _isChunked = RequestHead.Write(ref _buffer, request);
            if (request.Content is { } content)
            {
                HasTakenContent = true;
                _left = content.Headers.ContentLength ?? 0;
                await content.CopyToAsync(this, cancellationToken);
                if (_isChunked)
                {
                    _buffer.Write("0\r\n\r\n"u8);
                }
                else if (_left > 0)
                {
                    throw new HttpRequestException($"The request's content ended {_left} bytes before its Content-Length.");
                }
            }

            await FlushAsync(cancellationToken);
        }
        finally
        {
            _buffer.Release();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return;
        }

        if (_isChunked)
        {
            Encoding.ASCII.TryGetBytes(string.Create(CultureInfo.InvariantCulture, $"{buffer.Length:X}\r\n"), _buffer.GetSpan(16), out var count);
            _buffer.Advance(count);
        }
        else if ((_left -= buffer.Length) < 0)
        {
            // The bytes behind the end would be the next request.
            throw new HttpRequestException("The request's content is longer than its Content-Length.");
        }

        if (_buffer.Length + buffer.Length <= TogetherBytes)
        {
            _buffer.Write(buffer.Span);
        }
        else
        {
            await FlushAsync(cancellationToken);
            await connection.WriteAsync(buffer);
        }

        if (_isChunked)
        {
            _buffer.Write("\r\n"u8);
        }
    }

    /// <inheritdoc/>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_buffer.Length > 0)
        {
            await connection.WriteAsync(_buffer.WrittenMemory);
            _buffer.Release();
        }
    }
}
