using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeProxy.Transport;

/// <summary>How a listener's connections buffer: Kestrel's own limits of how many bytes may wait before the side that fills a pipe has to.</summary>
internal sealed class ConnectionPipes(MemoryPool<byte> pool, KestrelServerLimits limits)
{
    // One block of Kestrel's memory pool.
    private const int SegmentBytes = 4096;

    private readonly PipeOptions _input = Options(pool, limits.MaxRequestBufferSize);
    private readonly PipeOptions _output = Options(pool, limits.MaxResponseBufferSize);

    /// <summary>Where the pipes' memory comes from.</summary>
    public MemoryPool<byte> Pool => pool;

    /// <summary>A pipe from a client.</summary>
    public Pipe CreateInput() => new(_input);

    /// <summary>A pipe to a client.</summary>
    public Pipe CreateOutput() => new(_output);

    // Kestrel's reading: null is no limit, 0 is that every flush waits.
    private static PipeOptions Options(MemoryPool<byte> pool, long? most)
    {
        var pause = most switch { null => 0, 0 => 1, var bytes => bytes.Value };
        return new(pool, PipeScheduler.Inline, PipeScheduler.Inline, pause, pause / 2, SegmentBytes, useSynchronizationContext: false);
    }
}
