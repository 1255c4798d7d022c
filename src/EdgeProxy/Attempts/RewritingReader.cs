using EdgeProxy.Detection;
using EdgeProxy.Protocol;

namespace EdgeProxy.Attempts;

/// <summary>
/// Reads a body and puts a replacement where certain ranges of it stand. What is left out is read into the caller's buffer and
/// overwritten there. A read that is cancelled loses nothing.
/// </summary>
internal sealed class RewritingReader(Stream original, IReadOnlyList<ByteRange> replaced, ReadOnlyMemory<byte> replacement) : ReadOnlyStream
{
    private long _position;
    private int _next;
    private ReadOnlyMemory<byte> _pending;

    /// <summary>The reader of the body as it stands.</summary>
    public Stream Original => original;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (!_pending.IsEmpty)
            {
                var count = Math.Min(_pending.Length, buffer.Length);
                _pending.Span[..count].CopyTo(buffer.Span);
                _pending = _pending[count..];
                return count;
            }

            var untilNext = _next < replaced.Count ? replaced[_next].Start - _position : long.MaxValue;
            if (untilNext > 0 || buffer.IsEmpty)
            {
                var count = await original.ReadAsync(buffer[..(int)Math.Min(buffer.Length, untilNext)], cancellationToken);
                _position += count;
                return count;
            }

            await SkipAsync(buffer, replaced[_next].Start + replaced[_next].Length, cancellationToken);
            _pending = replacement;
            _next++;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            original.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask SkipAsync(Memory<byte> scratch, long end, CancellationToken cancellationToken)
    {
        while (_position < end)
        {
            var count = await original.ReadAsync(scratch[..(int)Math.Min(scratch.Length, end - _position)], cancellationToken);
            if (count == 0)
            {
                throw new EndOfStreamException("The body is shorter than the one that was to be rewritten.");
            }

            _position += count;
        }
    }
}
