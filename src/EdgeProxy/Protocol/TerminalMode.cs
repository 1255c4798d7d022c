namespace EdgeProxy.Protocol;

/// <summary>Whether a stream ends with <c>data: [DONE]</c>.</summary>
internal enum TerminalMode
{
    /// <summary>As the dialect does.</summary>
    Auto,

    /// <summary><c>[DONE]</c> is asked for in any dialect, and added where it is missing.</summary>
    Done,

    /// <summary>EdgeProxy never writes <c>[DONE]</c>.</summary>
    None,
}
