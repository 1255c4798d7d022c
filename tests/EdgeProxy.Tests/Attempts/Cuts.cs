using System.Buffers;

namespace EdgeProxy.Tests.Attempts;

/// <summary>Bodies in pieces.</summary>
internal static class Cuts
{
    /// <summary>The body in pieces of <paramref name="size"/> bytes, each in memory of its own.</summary>
    public static ReadOnlySequence<byte> Every(int size, byte[] body)
    {
        var first = new Segment(Array.Empty<byte>(), null);
        var last = first;
        foreach (var piece in body.Chunk(size))
        {
            last = new Segment(piece, last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, Segment? before)
        {
            Memory = bytes;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
