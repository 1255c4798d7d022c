using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Transport;

/// <summary>
/// A client's connection for Kestrel: two of the framework's pipes, a loop that fills the one and a loop that empties the other. Both
/// run inline: what Kestrel flushes is sent by the thread that flushed, and what arrives is handled by the event loop's thread.
/// The order of an orderly and of a broken end is that of Kestrel's own socket transport.
/// </summary>
internal sealed class EpollConnection : ConnectionContext, IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature,
    IConnectionLifetimeFeature, IConnectionEndPointFeature, IConnectionSocketFeature, IMemoryPoolFeature
{
    private static long _connections;

    private readonly EpollSocket _socket;
    private readonly Duplex _application;
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _ending = new();
    private Task _running = Task.CompletedTask;
    private Exception? _reason;
    private bool _isOver;
    private string? _id;
    private IDictionary<object, object?>? _items;

    /// <param name="socket">The accepted socket.</param>
    /// <param name="pipes">Makes the pipes.</param>
    public EpollConnection(EpollSocket socket, ConnectionPipes pipes)
    {
        _socket = socket;
        MemoryPool = pipes.Pool;
        LocalEndPoint = socket.Socket.LocalEndPoint;
        RemoteEndPoint = socket.Socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Features = new ConnectionFeatures(this);
        var input = pipes.CreateInput();
        var output = pipes.CreateOutput();
        Transport = new Duplex(input.Reader, output.Writer);
        _application = new Duplex(output.Reader, input.Writer);
    }

    /// <inheritdoc/>
    public override string ConnectionId
    {
        get => _id ??= string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId:X}-{Interlocked.Increment(ref _connections):X}");
        set => _id = value;
    }

    /// <inheritdoc/>
    public override IFeatureCollection Features { get; }

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    /// <inheritdoc/>
    public override IDuplexPipe Transport { get; set; }

    /// <inheritdoc/>
    public MemoryPool<byte> MemoryPool { get; }

    /// <inheritdoc/>
    public Socket Socket => _socket.Socket;

    /// <summary>Starts the two loops.</summary>
    public void Start() => _running = RunAsync();

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        End(abortReason);
        _application.Input.CancelPendingRead();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await Transport.Input.CompleteAsync();
        await Transport.Output.CompleteAsync();
        await _running;
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private async Task RunAsync()
    {
        var receiving = ReceiveAsync();
        await SendAsync();
        await receiving;
    }

    private async Task ReceiveAsync()
    {
        Exception? failure = null;
        var input = _application.Output;
        try
        {
            while (true)
            {
                // Memory is taken when there is something to put into it: an idle connection holds none.
                await _socket.WaitReadableAsync();
                var count = _socket.Receive(input.GetMemory().Span, out var error);
                if (count > 0)
                {
                    input.Advance(count);
                    var flush = await input.FlushAsync();
                    if (flush.IsCompleted || flush.IsCanceled)
                    {
                        break;
                    }
                }
                else if (error != SocketError.WouldBlock)
                {
                    failure = count == 0 ? null : FailureOf(error);
                    break;
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        // A reason that was there first, an abort's, is the true one.
        var reason = _reason ?? failure;
        if (reason is null)
        {
            await input.CompleteAsync();
            await TellClosedAsync();
        }
        else
        {
            // Whoever reads runs inside this call: it must find the connection's end told, or Kestrel takes a request whose client broke off
            // for a whole one, and complains that its body cannot be drained.
            await TellClosedAsync();
            await input.CompleteAsync(reason);
        }
    }

    private async Task SendAsync()
    {
        Exception? failure = null;
        var output = _application.Input;
        try
        {
            while (true)
            {
                var read = await output.ReadAsync();
                if (read.IsCanceled)
                {
                    break;
                }

                await _socket.WaitSendTurnAsync();
                var error = await SendAsync(read.Buffer);
                output.AdvanceTo(read.Buffer.End);
                if (error != SocketError.Success)
                {
                    failure = FailureOf(error);
                    break;
                }

                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        End(failure);

        // A client that left is no news to who flushes: Kestrel hears of it as the connection's end.
        await output.CompleteAsync(failure is ConnectionResetException ? null : failure);

        // The client's side of the pipe may be full: its reader is gone by now.
        _application.Output.CancelPendingFlush();
    }

    private async ValueTask<SocketError> SendAsync(ReadOnlySequence<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = _socket.Send(bytes, out var error);
            if (count >= 0)
            {
                bytes = bytes.Slice(count);
            }
            else if (error == SocketError.WouldBlock)
            {
                await _socket.WaitWritableAsync();
            }
            else
            {
                return error;
            }
        }

        return SocketError.Success;
    }

    private Exception FailureOf(SocketError error) =>
        error == SocketError.OperationAborted && _reason is { } reason ? reason
        : error is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted ? new ConnectionResetException(new SocketException((int)error).Message, new SocketException((int)error))
        : new SocketException((int)error);

    /// <summary>Closes the socket, in order or by a reset when something failed; the first call's reason counts.</summary>
    private void End(Exception? failure)
    {
        lock (_ending)
        {
            if (_isOver)
            {
                return;
            }

            _isOver = true;
            _reason = failure ?? new ConnectionAbortedException("The answer was sent and the connection is over.");
        }

        _socket.Close(abort: failure is not null);
    }

    // On the thread pool: it runs what others registered, and must not do so inside the event loop.
    private Task TellClosedAsync() => Task.Run(_closed.Cancel);

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
