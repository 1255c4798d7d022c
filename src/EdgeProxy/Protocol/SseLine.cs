namespace EdgeProxy.Protocol;

/// <summary>
/// One line of an event stream, or the part of it that lies in one piece of input. It refers to the input that was scanned.
/// </summary>
internal readonly ref struct SseLine
{
    private readonly Flags _flags;

    internal SseLine(SseField field, Flags flags, ReadOnlySpan<byte> value)
    {
        Field = field;
        _flags = flags;
        Value = value;
    }

    [Flags]
    internal enum Flags : byte
    {
        None = 0,
        StartsValue = 1,
        EndsLine = 2,
        EndsBlock = 4,
        DispatchesEvent = 8,
    }

    /// <summary>What the line is.</summary>
    public SseField Field { get; }

    /// <summary>
    /// This part of the value: without the line end, without the one space after the colon. Empty for a field without a colon
    /// and for a blank line; unspecified for <see cref="SseField.Other"/>.
    /// </summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Whether this is the first part of the line. A name without its value is not given, so every line has one first part.</summary>
    public bool StartsValue => (_flags & Flags.StartsValue) != 0;

    /// <summary>Whether the line ends here.</summary>
    public bool EndsLine => (_flags & Flags.EndsLine) != 0;

    /// <summary>
    /// Whether a blank line ends the block here: it followed in the same piece of input and is folded into this token, or it
    /// is this token (<see cref="SseField.Blank"/>).
    /// </summary>
    public bool EndsBlock => (_flags & Flags.EndsBlock) != 0;

    /// <summary>
    /// Whether a client dispatches an event here: the block ends and had at least one data line. The line may be empty: the
    /// rule asks for a data buffer that is not empty, and every data line adds its line feed to it (WHATWG HTML 9.2.6, whose
    /// third example fires two events without text).
    /// </summary>
    public bool DispatchesEvent => (_flags & Flags.DispatchesEvent) != 0;
}
