using System.Net.Sockets;
using System.Runtime.CompilerServices;
using EdgeProxy.Transport;

namespace EdgeProxy.Upstream;

/// <summary>
/// One HTTP/1.1 connection to a destination (RFC 9112). It carries one request at a time; between the request's last byte and the
/// response's first it holds no memory but its own.
/// </summary>
internal sealed class Http1Connection(EpollSocket socket, Http1Pool pool, long madeAt) : IDisposable
{
    private readonly Lock _buffering = new();
    private ByteBuffer _buffer;
    private CancellationToken _cancelledBy;
    private volatile bool _isCancelled;
    private volatile bool _isBroken;

    /// <summary>The socket.</summary>
    public EpollSocket Socket => socket;

    /// <summary>Its destination's host, with the port where that is not 80.</summary>
    public string Authority => pool.Authority;

    /// <summary>When the connection was made, as a timestamp of the pool's clock.</summary>
    public long MadeAt { get; } = madeAt;

    /// <summary>Since when nobody uses it, as a timestamp of the pool's clock.</summary>
    public long IdleSince { get; set; } = madeAt;

    /// <summary>Whether its user gave up.</summary>
    public bool IsCancelled => _isCancelled;

    /// <summary>What has arrived and was not taken yet.</summary>
    public ReadOnlySpan<byte> Received => _buffer.Written;

    /// <summary>How many bytes are left of those that arrived behind the head.</summary>
    public int Buffered => _buffer.Length;

    /// <summary>Sends a request and reads the answer's head. The body comes by the response's content.</summary>
    /// <returns>The response, or null if the connection was dead and nothing of the request's content was asked for: another one may be tried.</returns>
    /// <exception cref="HttpRequestException">The destination broke off or does not speak HTTP/1.1, or the request's content failed.</exception>
    public async ValueTask<HttpResponseMessage?> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var cancellation = cancellationToken.UnsafeRegister(static (connection, token) => ((Http1Connection)connection!).Cancel(token), this);
        var body = new RequestBodyStream(this);
        var sending = body.SendAsync(request, cancellationToken);
        Exception? failure = null;
        try
        {
            if (sending.IsCompleted)
            {
                await sending;
            }
            else
            {
                // The head may have to wait for its turn, and an answer may come before an upload ends, a refusal mostly.
                _ = WatchAsync(sending);
            }

            if (await ReadHeadAsync(request, sending, cancellation, mayBeStale: request.Content is null && IsIdempotent(request.Method)) is { } response)
            {
                return response;
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        // Why the request could not be sent says more than that there was no answer.
        if (sending.IsFaulted || sending.IsCanceled)
        {
            failure = sending.Exception?.InnerException ?? new TaskCanceledException(sending);
        }

        var isDead = failure is null || (sending.IsFaulted && failure is IOException && !body.HasTakenContent && !_isCancelled);
        cancellation.Dispose();
        Abandon();
        return isDead ? null : throw FailureOf(failure!, cancellationToken);
    }

    /// <summary>What the user of a request that failed gets.</summary>
    public static Exception FailureOf(Exception failure, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested && !(failure is OperationCanceledException { CancellationToken: var token } && token == cancellationToken)
            ? new TaskCanceledException(failure.Message, failure, cancellationToken)
            : failure is IOException and not HttpIOException
                ? new HttpRequestException(HttpRequestError.Unknown, "The request could not be sent: the connection failed.", failure)
                : failure;

    /// <summary>Sends bytes, all of them.</summary>
    /// <exception cref="IOException">The connection failed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await socket.WaitSendTurnAsync();
        while (!bytes.IsEmpty)
        {
            var count = socket.Send(bytes.Span, out var error);
            if (count >= 0)
            {
                bytes = bytes[count..];
            }
            else if (error == SocketError.WouldBlock)
            {
                await socket.WaitWritableAsync();
            }
            else
            {
                _isBroken = true;
                throw Failure(error);
            }
        }
    }

    /// <summary>Takes of <see cref="Buffered"/> what fits.</summary>
    public int TakeBuffered(Span<byte> bytes)
    {
        // Its user may let go of the response while a read of it runs.
        lock (_buffering)
        {
            var count = Math.Min(_buffer.Length, bytes.Length);
            _buffer.Written[..count].CopyTo(bytes);
            _buffer.Consume(count);
            ReleaseEmptyBuffer();
            return count;
        }
    }

    /// <summary>Closes the connection; what is left in its buffer is nobody's.</summary>
    public void Abandon()
    {
        Dispose();
        lock (_buffering)
        {
            _buffer.Release();
        }
    }

    /// <summary>The response is over: the connection goes back to the pool, or is closed.</summary>
    public void Release(bool isReusable)
    {
        if (isReusable && !_isCancelled)
        {
            _buffer.Release();
            pool.Return(this);
        }
        else
        {
            Abandon();
        }
    }

    /// <summary>Why a receive or a send failed.</summary>
    public Exception Failure(SocketError error)
    {
        if (_isCancelled)
        {
            return Cancelled();
        }

        var reason = new SocketException((int)error);
        return new IOException($"The connection to the destination failed: {reason.Message}.", reason);
    }

    /// <summary>Closes the connection because its user gave up.</summary>
    /// <param name="token">How it said so.</param>
    public void Cancel(CancellationToken token)
    {
        _cancelledBy = token;
        _isCancelled = true;
        Dispose();
    }

    /// <summary>What the user who gave up gets.</summary>
    public TaskCanceledException Cancelled() => new(null, null, _cancelledBy);

    /// <inheritdoc/>
    public void Dispose() => socket.Close(abort: false);

    // An upload may outlive the answer's head. If its content fails, the destination waits for the rest in vain. If the connection broke,
    // an answer that came before may still lie in it: its reader finds the end by itself.
    private async Task WatchAsync(Task sending)
    {
        try
        {
            await sending;
        }
        catch (Exception)
        {
            if (!_isBroken)
            {
                Dispose();
            }
        }
    }

    // RFC 9110 section 9.2.2: a proxy must not repeat the others by itself; whether they were carried out is not known.
    private static bool IsIdempotent(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Put || method == HttpMethod.Delete || method == HttpMethod.Trace;

    /// <summary>Takes what is there of an answer's head, if anything.</summary>
    /// <returns>False: the connection ended without a byte, and may have been dead all along.</returns>
    /// <exception cref="OperationCanceledException">Its user gave up.</exception>
    /// <exception cref="HttpRequestException">It ended in the middle or broke, or the head is too long.</exception>
    public bool TryReceiveHead(bool mayBeStale)
    {
        var count = socket.Receive(_buffer.GetSpan(1), out var error);
        if (count > 0)
        {
            _buffer.Advance(count);
        }
        else if (count == 0 || error != SocketError.WouldBlock)
        {
            return Ended(mayBeStale, count == 0 ? null : Failure(error));
        }

        var head = ResponseHead.Length(_buffer.Written);
        return (head == 0 ? _buffer.Length : head) <= ResponseHead.MaxBytes
            ? true
            : throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, $"The response's head is longer than {ResponseHead.MaxBytes} bytes.");
    }

    /// <summary>Reads an answer's head; null if the connection was dead.</summary>
    /// <param name="request">The request.</param>
    /// <param name="sending">Its sending, which may still go on.</param>
    /// <param name="cancellation">Closes the connection when the request is cancelled; the answer's body ends it.</param>
    /// <param name="mayBeStale">Whether a connection that ends without a byte is no failure.</param>
    /// <exception cref="HttpRequestException">It is no answer, or broke off.</exception>
    public async ValueTask<HttpResponseMessage?> ReadHeadAsync(HttpRequestMessage request, Task sending, CancellationTokenRegistration cancellation, bool mayBeStale)
    {
        while (true)
        {
            var head = ResponseHead.Length(_buffer.Written);
            if (head == 0)
            {
                await socket.WaitReadableAsync();
                if (!TryReceiveHead(mayBeStale))
                {
                    return null;
                }

                continue;
            }

            var response = new HttpResponseMessage { RequestMessage = request };
            var content = new ResponseContent();
            response.Content = content;
            var framing = ResponseHead.Read(_buffer.Written[..head], response, request.Method == HttpMethod.Head, out var length, out var keepsAlive);
            _buffer.Consume(head);
            var status = (int)response.StatusCode;
            if (status == 101)
            {
                throw new HttpRequestException(HttpRequestError.InvalidResponse, "The destination switched protocols unasked.");
            }

            if (status < 200)
            {
                continue;
            }

            ReleaseEmptyBuffer();
            content.Start(new ResponseBodyStream(this, response, framing, length, keepsAlive, sending, cancellation));
            return response;
        }
    }

    /// <summary>The body behind a head that its user has read; nothing in it speaks against another request on the connection.</summary>
    /// <param name="head">The head's length in <see cref="Received"/>.</param>
    /// <param name="framing">How the body ends.</param>
    /// <param name="length">How long it is, where that is its framing.</param>
    /// <param name="cancellation">Closes the connection when the request is cancelled; the body ends it.</param>
    public ResponseBodyStream OpenBody(int head, BodyFraming framing, long length, CancellationTokenRegistration cancellation)
    {
        _buffer.Consume(head);
        ReleaseEmptyBuffer();
        return new ResponseBodyStream(this, response: null, framing, length, keepsAlive: true, Task.CompletedTask, cancellation);
    }

    private void ReleaseEmptyBuffer()
    {
        if (_buffer.Length == 0)
        {
            _buffer.Release();
        }
    }

    private bool Ended(bool mayBeStale, Exception? failure)
    {
        if (_isCancelled)
        {
            throw Cancelled();
        }

        if (mayBeStale && _buffer.Length == 0)
        {
            return false;
        }

        throw failure is null
            ? new HttpRequestException(HttpRequestError.ResponseEnded, "The destination closed the connection before its answer's head was whole.", new HttpIOException(HttpRequestError.ResponseEnded))
            : new HttpRequestException(HttpRequestError.Unknown, "The connection broke before the answer's head was whole.", failure);
    }
}
