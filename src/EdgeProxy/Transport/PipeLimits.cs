using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeProxy.Transport;

/// <summary>How many bytes may wait in a connection's pipes before the side that fills them has to: Kestrel's own limits.</summary>
internal sealed class PipeLimits(KestrelServerLimits limits)
{
    // One block of Kestrel's memory pool.
    private const int SegmentBytes = 4096;

    /// <summary>The pipe from the client.</summary>
    public PipeOptions Input(MemoryPool<byte> pool) => Options(pool, limits.MaxRequestBufferSize);

    /// <summary>The pipe to the client.</summary>
    public PipeOptions Output(MemoryPool<byte> pool) => Options(pool, limits.MaxResponseBufferSize);

    // Kestrel's reading: null is no limit, 0 is that every flush waits.
    private static PipeOptions Options(MemoryPool<byte> pool, long? most)
    {
        var pause = most switch { null => 0, 0 => 1, var bytes => bytes.Value };
        return new(pool, PipeScheduler.Inline, PipeScheduler.Inline, pause, pause / 2, SegmentBytes, useSynchronizationContext: false);
    }
}
