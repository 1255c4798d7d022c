namespace EdgeProxy.Protocol;

/// <summary>What a line of an event stream is (WHATWG HTML 9.2.6). Names are case-sensitive.</summary>
internal enum SseField : byte
{
    /// <summary>A field that no client knows: it is ignored, but it belongs to an event.</summary>
    Other,

    /// <summary><c>data</c></summary>
    Data,

    /// <summary><c>event</c></summary>
    Event,

    /// <summary><c>id</c></summary>
    Id,

    /// <summary><c>retry</c></summary>
    Retry,

    /// <summary>A line that begins with a colon.</summary>
    Comment,

    /// <summary>A blank line that could not be folded into the line before it.</summary>
    Blank,
}
