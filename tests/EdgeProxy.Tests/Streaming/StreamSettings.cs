using EdgeProxy.Protocol;
using EdgeProxy.Streaming;

namespace EdgeProxy.Tests.Streaming;

internal static class StreamSettings
{
    /// <summary>The defaults of design section 5.</summary>
    public static ClientStreamSettings Default { get; } = new()
    {
        PrimerAfter = TimeSpan.FromSeconds(2),
        PrimerPaddingBytes = 0,
        KeepAliveInterval = TimeSpan.FromSeconds(8),
        KeepAliveFrame = KeepAliveFrame.Auto,
        Terminal = TerminalMode.Auto,
        FirstEventTimeout = TimeSpan.FromMinutes(10),
        IdleTimeout = TimeSpan.FromMinutes(5),
        TotalTimeout = null,
        FinishChunk = false,
        MaxBufferedEventBytes = 262144,
    };
}
