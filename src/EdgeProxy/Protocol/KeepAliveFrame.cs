namespace EdgeProxy.Protocol;

/// <summary>What is written into a silent stream.</summary>
internal enum KeepAliveFrame
{
    /// <summary>What clients of the dialect are known to pass over.</summary>
    Auto,

    /// <summary>A comment block, <c>: keep-alive\n\n</c>.</summary>
    Comment,

    /// <summary>A comment line without a blank line after it, <c>: keep-alive\n</c>, for clients that take the blank line for an event.</summary>
    CommentLine,

    /// <summary>Anthropic's <c>event: ping</c>.</summary>
    Ping,

    /// <summary>A chat chunk with an empty delta, for clients with an idle timer of their own.</summary>
    EmptyChunk,

    /// <summary>A blank line pair in the upstream's line ending.</summary>
    BlankLine,

    /// <summary>Nothing: keep-alives are off.</summary>
    None,
}
