using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Relay;

/// <summary>How a backend's answer is cut into writes.</summary>
public enum Fragmentation
{
    /// <summary>One write.</summary>
    Whole,

    /// <summary>Before every line end, between its CR and LF, and after it.</summary>
    AroundLineEnds,

    /// <summary>Inside every UTF-8 sequence longer than a byte.</summary>
    InsideUtf8,

    /// <summary>A byte a write; in a large answer only near line ends.</summary>
    ByteByByte,

    /// <summary>Around line ends, with a millisecond between the pieces, so that the proxy reads each by itself.</summary>
    Paced,
}

internal static class Fragments
{
    /// <summary>Above this, single bytes are written only near line ends: the rest of a megabyte of base64 is all alike, and a flush costs 20 µs.</summary>
    private const int ByteByByteLimit = 64 * 1024;

    /// <summary>How far from a line end the bytes of a large answer are written singly: the longest field name, its colon and space, and <c>[DONE]</c>.</summary>
    private const int Window = 16;

    /// <summary>The pieces, in order.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Cut(Recording recording, Fragmentation fragmentation)
    {
        ReadOnlyMemory<byte> bytes = recording.Bytes;
        var start = 0;
        for (var at = 1; at < bytes.Length; at++)
        {
            if (IsCut(bytes.Span, at, fragmentation))
            {
                yield return bytes[start..at];
                start = at;
            }
        }

        yield return bytes[start..];
    }

    private static bool IsCut(ReadOnlySpan<byte> bytes, int at, Fragmentation fragmentation) => fragmentation switch
    {
        Fragmentation.AroundLineEnds or Fragmentation.Paced => IsLineEnd(bytes[at]) || IsLineEnd(bytes[at - 1]),
        Fragmentation.InsideUtf8 => (bytes[at] & 0xC0) == 0x80,
        Fragmentation.ByteByByte => bytes.Length < ByteByByteLimit
            || bytes[Math.Max(0, at - Window)..Math.Min(bytes.Length, at + Window)].IndexOfAny((byte)'\r', (byte)'\n') >= 0,
        _ => false,
    };

    private static bool IsLineEnd(byte value) => value is (byte)'\r' or (byte)'\n';
}
