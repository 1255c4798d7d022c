using EdgeProxy.Detection;

namespace EdgeProxy.Attempts;

/// <summary>
/// One attempt's view of a <see cref="ReplayBody"/>, from its first byte. A read of no bytes waits for data or the end. A read that is
/// cancelled takes nothing. Dispose it when its attempt is over, also while a read is pending: that read then fails.
/// </summary>
internal sealed class ReplayReader(ReplayBody body) : ReadOnlyStream
{
    /// <summary>Whether the attempt is over. Guarded by the body, like all state here.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Whether the body went on without this reader.</summary>
    public bool IsLost { get; set; }

    /// <summary>How many bytes of the record have been read.</summary>
    public long Consumed { get; private set; }

    /// <summary>Where to read on; null at the record's first piece.</summary>
    public ReplaySegment? Segment { get; private set; }

    /// <summary>Ends a read of the source itself; null before the first. The body cancels and disposes it.</summary>
    public CancellationTokenSource? SourceReads { get; set; }

    /// <inheritdoc/>
    public override bool TryTakeWhole(Span<byte> whole) => body.TryTakeWhole(this, whole);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        body.ReadAsync(this, buffer, cancellationToken);

    /// <summary>Has read <paramref name="count"/> bytes, the last of them in <paramref name="segment"/>.</summary>
    public void Advance(ReplaySegment segment, int count)
    {
        Segment = segment;
        Consumed += count;
    }

    /// <summary>The record gives <paramref name="segment"/> back, which has been read.</summary>
    public void Forget(ReplaySegment segment) => Segment = Segment == segment ? null : Segment;

    /// <summary>Refuses to read for an attempt that is over or was left behind.</summary>
    /// <exception cref="IOException">The body went on without this reader.</exception>
    public void ThrowIfDead()
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        if (IsLost)
        {
            throw new IOException("The request's body is not kept any more: it is too long, or another attempt has taken it.");
        }
    }

    protected override void Dispose(bool disposing)
    {
        body.Close(this);
        base.Dispose(disposing);
    }
}
