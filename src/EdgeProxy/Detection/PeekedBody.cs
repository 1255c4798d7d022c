using System.Buffers;
using System.IO.Pipelines;

namespace EdgeProxy.Detection;

/// <summary>
/// A request body that has been peeked into, as a stream of all its bytes. It stands in for the server's own stream because that one
/// examines only what it hands out, and so goes back behind what the peek examined: over HTTP/2 Kestrel then takes back
/// window that the client was granted already, and a client that uses it loses its connection with FLOW_CONTROL_ERROR. And a read
/// that is cancelled leaves this one readable, for the next attempt or for the server, which drains what nobody wanted.
/// For one reader at a time; asynchronous reads only.
/// </summary>
/// <param name="body">The body. Read by nobody else from here on; it stays the server's to complete.</param>
/// <param name="examined">How many of its bytes have been examined. More bytes than that are there, or the body has ended.</param>
internal sealed class PeekedBody(PipeReader body, long examined) : ReadOnlyStream
{
    private long _examined = examined;

    /// <summary>
    /// Takes what is there, for a request that is given up before anybody read its body. Kestrel does that itself, but not where the client
    /// has left: there it stumbles over a body that was looked at and not taken, and warns of a connection that ended abnormally.
    /// </summary>
    public void Discard()
    {
        try
        {
            if (body.TryRead(out var read))
            {
                body.AdvanceTo(read.Buffer.End);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It broke off: there is nothing to take.
        }
    }

    /// <inheritdoc/>
    public override bool TryTakeWhole(Span<byte> whole)
    {
        if (!body.TryRead(out var read))
        {
            return false;
        }

        var isWhole = !read.IsCanceled && read.IsCompleted && read.Buffer.Length == whole.Length;
        if (!isWhole)
        {
            body.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(Math.Min(_examined, read.Buffer.Length)));
            return false;
        }

        read.Buffer.CopyTo(whole);
        _examined = 0;
        body.AdvanceTo(read.Buffer.End);
        return true;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        !cancellationToken.IsCancellationRequested && body.TryRead(out var read) && TryTake(read, buffer.Span, out var count)
            ? new(count)
            : WaitAsync(buffer, cancellationToken);

    private async ValueTask<int> WaitAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read;

            // Not by the token itself: Kestrel's HTTP/1.1 body with a Content-Length cannot be read again after that, not even by Kestrel.
            using (cancellationToken.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), body))
            {
                read = await body.ReadAsync(CancellationToken.None);
            }

            if (TryTake(read, buffer.Span, out var count))
            {
                return count;
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Takes what fits. False: the reader was woken with nothing, and yet not at the end, or for a token that came too late for the read before.</summary>
    private bool TryTake(ReadResult read, Span<byte> buffer, out int count)
    {
        var available = read.Buffer;
        count = read.IsCanceled ? 0 : (int)Math.Min(available.Length, buffer.Length);
        available.Slice(0, count).CopyTo(buffer);
        var isTaken = !read.IsCanceled && (!available.IsEmpty || read.IsCompleted);
        _examined = Math.Max(_examined - count, 0);
        body.AdvanceTo(available.GetPosition(count), available.GetPosition(count + _examined)); // ends our use of the buffer
        return isTaken;
    }
}
