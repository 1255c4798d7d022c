namespace EdgeProxy.Bench.Load;

/// <summary>What can be wrong with an answer.</summary>
internal enum ViolationKind
{
    /// <summary>Events that never came; each counts.</summary>
    Missing,

    /// <summary>An event that had come before.</summary>
    Repeated,

    /// <summary>An event that came after a later one.</summary>
    OutOfOrder,

    /// <summary>An event with other bytes than were sent.</summary>
    Changed,

    /// <summary>An event of another stream.</summary>
    WrongStream,

    /// <summary>A comment in the middle of an event.</summary>
    CommentInsideEvent,

    /// <summary>An <c>event: error</c>: the proxy gave up a good stream.</summary>
    ErrorFrame,

    /// <summary>Something between events that is neither an event nor a comment.</summary>
    UnexpectedText,

    /// <summary>A second <c>[DONE]</c>.</summary>
    SecondDone,

    /// <summary>The end without <c>[DONE]</c>.</summary>
    MissingDone,

    /// <summary>Bytes after <c>[DONE]</c>.</summary>
    BytesAfterEnd,

    /// <summary>The end in the middle of an event.</summary>
    CutEvent,

    /// <summary>A status other than 200.</summary>
    BadStatus,

    /// <summary>Not HTTP/1.1 as RFC 9112 has it.</summary>
    BadHttp,

    /// <summary>A connection that was refused or broke.</summary>
    BrokenConnection,
}

/// <summary>Counts violations by kind, and keeps the first one's text.</summary>
internal sealed class Violations
{
    private readonly long[] _counts = new long[Enum.GetValues<ViolationKind>().Length];

    /// <summary>All of them.</summary>
    public long Total { get; private set; }

    /// <summary>The first one, in words; null while there is none.</summary>
    public string? Example { get; private set; }

    /// <summary>Notes a violation.</summary>
    /// <param name="kind">What is wrong.</param>
    /// <param name="stream">In which stream.</param>
    /// <param name="text">The bytes that show it, or a word about it.</param>
    /// <param name="count">How often.</param>
    public void Add(ViolationKind kind, uint stream, ReadOnlySpan<byte> text, long count = 1)
    {
        _counts[(int)kind] += count;
        Total += count;
        Example ??= $"{kind} in stream {stream}: {System.Text.Encoding.Latin1.GetString(text)}";
    }

    /// <summary>How many there are of a kind.</summary>
    public long this[ViolationKind kind] => _counts[(int)kind];

    /// <summary>Kinds that occurred, and how often.</summary>
    public Dictionary<string, long> ByKind() =>
        Enum.GetValues<ViolationKind>().Where(kind => this[kind] > 0).ToDictionary(static kind => kind.ToString(), kind => this[kind]);
}
