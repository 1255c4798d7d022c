using System.Buffers;
using System.IO.Pipelines;

namespace EdgeProxy.Detection;

/// <summary>
/// A request body after a peek that took several reads. Kestrel gives an HTTP/2 client credit for what was examined, and takes credit
/// back when a later read examines less than the one before: a client that has used it then breaks the flow control, and the
/// connection is closed with all its streams. A plain read of the body does examine less: it ends at the bytes it takes. Here the
/// examined position stays where the peek left it until the reads have caught up.
/// </summary>
/// <param name="body">Kestrel's own body.</param>
/// <param name="reader">Kestrel's own reader: the other view of the same bytes.</param>
/// <param name="examined">How many bytes the peek has examined and left in place; more than those have arrived, or the body has ended.</param>
internal sealed class PeekedBody(Stream body, PipeReader reader, long examined) : Stream
{
    private long _examined = examined;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _examined == 0 ? body.ReadAsync(buffer, cancellationToken)
        : buffer.IsEmpty ? ValueTask.FromResult(0) // waits for data, and there is some
        : ReadPeekedAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask<int> ReadPeekedAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        var read = await reader.ReadAsync(cancellationToken);
        if (read.IsCanceled)
        {
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.GetPosition(_examined));
            throw new OperationCanceledException(cancellationToken);
        }

        var taken = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, target.Length));
        taken.CopyTo(target.Span);
        var count = (int)taken.Length;
        reader.AdvanceTo(taken.End, _examined > count ? read.Buffer.GetPosition(_examined) : taken.End);
        _examined = Math.Max(0, _examined - count);
        return count;
    }
}
