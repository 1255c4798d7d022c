namespace EdgeProxy.Detection;

/// <summary>
/// A request body that is searched for its stream flag while it flows upstream, for bodies too long to hold back. Bytes pass unchanged and
/// nothing is buffered. For one reader at a time; asynchronous reads only.
/// </summary>
/// <param name="body">The whole body, what has been scanned already included. Stays the caller's.</param>
/// <param name="verdict">What the head says.</param>
/// <param name="peek">What the peek left: the scanner and how far it came.</param>
internal sealed class LateDecisionBody(Stream body, HeadVerdict verdict, PeekResult peek) : ReadOnlyStream
{
    // Who waits for the decision acts on it before the bytes that made it go upstream: a primer that is due at once is not
    // overtaken by the answer.
    private readonly TaskCompletionSource<StreamWish> _decision = new();
    private readonly IBodyFlagScanner _scanner = peek.Scanner ?? throw new ArgumentException("The peek has decided already.", nameof(peek));
    private long _toSkip = peek.ScannedBytes;

    /// <summary>
    /// The wish, once the body has told; a body that breaks off is not a stream. Never faults, and stays open for as long as nobody reads the
    /// body to its end: a backend may answer before it has.
    /// </summary>
    public Task<StreamWish> Decision => _decision.Task;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _decision.Task.IsCompleted || buffer.IsEmpty // an empty read waits for data and takes none: it is no sign of the end
            ? body.ReadAsync(buffer, cancellationToken)
            : ReadAndScanAsync(buffer, cancellationToken);

    private async ValueTask<int> ReadAndScanAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count;
        try
        {
            count = await body.ReadAsync(buffer, cancellationToken);
        }
        catch
        {
            _decision.TrySetResult(StreamWish.NotAStream);
            throw;
        }

        var skipped = (int)Math.Min(_toSkip, count);
        _toSkip -= skipped;
        var flag = count == 0 ? _scanner.Complete() : _scanner.Scan(buffer.Span[skipped..count]);
        if (flag != BodyFlag.Undecided)
        {
            _decision.TrySetResult(verdict.Conclude(flag));
        }

        return count;
    }
}
