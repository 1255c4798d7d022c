using EdgeProxy.Protocol;

namespace EdgeProxy.Attempts;

/// <summary>A request body in which some ranges are replaced by one text. Holds where they are, not the body.</summary>
internal sealed class RewrittenBody
{
    private readonly IReadOnlyList<ByteRange> _replaced;
    private readonly ReadOnlyMemory<byte> _replacement;

    /// <param name="originalLength">How long the body is as it stands.</param>
    /// <param name="replaced">In ascending order, not overlapping.</param>
    /// <param name="replacement">What stands there instead.</param>
    public RewrittenBody(long originalLength, IReadOnlyList<ByteRange> replaced, ReadOnlyMemory<byte> replacement)
    {
        _replaced = replaced;
        _replacement = replacement;
        Length = originalLength + replaced.Sum(range => replacement.Length - range.Length);
    }

    /// <summary>How long it is now: the request's <c>Content-Length</c>.</summary>
    public long Length { get; }

    /// <summary>The body as it reads now, for one attempt.</summary>
    /// <param name="original">A reader of the original, at its start; disposed with the result.</param>
    public Stream OpenReader(Stream original) => new RewritingReader(original, _replaced, _replacement);
}
