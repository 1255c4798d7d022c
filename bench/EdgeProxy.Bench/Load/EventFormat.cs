using System.Buffers;
using System.Buffers.Binary;

namespace EdgeProxy.Bench.Load;

/// <summary>What an event says of itself, in <see cref="EventFormat.StampLength"/> hexadecimal digits.</summary>
/// <param name="Stream">Which stream; below 2^24.</param>
/// <param name="Sequence">Which event of the stream, from 0.</param>
/// <param name="Time">When it was sent: the low 48 bits of <see cref="Clock.Now"/> (wraps after three days).</param>
/// <param name="IsLast">The stream's last event.</param>
internal readonly record struct Stamp(uint Stream, uint Sequence, long Time, bool IsLast);

/// <summary>
/// The bytes of an event of a given size: a chat completion chunk of OpenAI's shape whose <c>id</c> is the <see cref="Stamp"/> and
/// whose text follows from stream and sequence, so that who knows these two knows every byte but the time. An event too small for
/// that shape keeps the stamp and a text alone.
/// </summary>
internal sealed class EventFormat
{
    /// <summary>The digits of a stamp.</summary>
    public const int StampLength = 27;

    /// <summary>The smallest event.</summary>
    public const int MinSize = 44;

    private const int StreamBytes = 3;
    private const int TimeBytes = 6;
    private const int PackedLength = StreamBytes + sizeof(uint) + TimeBytes;
    private const long TimeMask = (1L << (8 * TimeBytes)) - 1;

    // A prime, so that no shift by a power of two (a lost or repeated piece of a large event) looks right.
    private const int TextPeriod = 4093;
    private const int LongestSlice = 1 << 16;

    private static readonly byte[] Text = CreateText();

    private readonly byte[] _head;
    private readonly byte[] _middle;
    private readonly byte[] _tail;
    private readonly byte[] _lastTail;

    private EventFormat(int size, ReadOnlySpan<byte> head, ReadOnlySpan<byte> middle, ReadOnlySpan<byte> tail, ReadOnlySpan<byte> lastTail)
    {
        Size = size;
        _head = head.ToArray();
        _middle = middle.ToArray();
        _tail = tail.ToArray();
        _lastTail = lastTail.ToArray();
    }

    /// <summary>The size of every event in bytes, framing and blank line included.</summary>
    public int Size { get; }

    /// <summary>Where the stamp begins; what is before it is the same in all events.</summary>
    public int StampStart => _head.Length;

    /// <summary>Where the stamp has ended.</summary>
    public int StampEnd => _head.Length + StampLength;

    /// <summary>What an event begins with.</summary>
    public byte FirstByte => _head[0];

    /// <summary>Events of a stream.</summary>
    /// <param name="size">From <see cref="MinSize"/>; about 190 and more have OpenAI's shape.</param>
    public static EventFormat OfEvent(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, MinSize);
        var head = "data: {\"id\":\""u8;
        var middle = "\",\"object\":\"chat.completion.chunk\",\"created\":1763715600,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""u8;
        var tail = "\"},\"finish_reason\":null}]}\n\n"u8;
        var lastTail = "\"},\"finish_reason\":\"stop\"}]}\n\n"u8;
        return size > head.Length + StampLength + middle.Length + lastTail.Length
            ? new(size, head, middle, tail, lastTail)
            : new(size, head, [], "\"}\n\n"u8, "\"}\n\n"u8);
    }

    /// <summary>The JSON answer to a request that asks for no stream: one last event without framing.</summary>
    /// <param name="size">In bytes; at least 260.</param>
    public static EventFormat OfAnswer(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 260);
        var tail = "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":12,\"total_tokens\":21}}"u8;
        return new(
            size,
            "{\"id\":\""u8,
            "\",\"object\":\"chat.completion\",\"created\":1763715600,\"model\":\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""u8,
            tail,
            tail);
    }

    /// <summary>The bytes that belong at a position outside the stamp, as many of them as lie together; never none below <see cref="Size"/>.</summary>
    public ReadOnlySpan<byte> Expected(int position, Stamp stamp)
    {
        if (position < _head.Length)
        {
            return _head.AsSpan(position);
        }

        var textStart = StampEnd + _middle.Length;
        if (position < textStart)
        {
            return _middle.AsSpan(position - StampEnd);
        }

        var tail = stamp.IsLast ? _lastTail : _tail;
        var tailStart = Size - tail.Length;
        if (position >= tailStart)
        {
            return tail.AsSpan(position - tailStart);
        }

        var offset = (int)(((stamp.Stream * 31L) + (stamp.Sequence * 7L) + (position - textStart)) % TextPeriod);
        return Text.AsSpan(offset, Math.Min(tailStart - position, LongestSlice));
    }

    /// <summary>Writes a piece of an event: the bytes from a position on, as many as the destination has room for.</summary>
    /// <returns>How many bytes were written.</returns>
    public int Write(Span<byte> destination, int position, Stamp stamp)
    {
        var length = Math.Min(destination.Length, Size - position);
        Span<byte> digits = stackalloc byte[StampLength];
        for (var written = 0; written < length;)
        {
            var at = position + written;
            if (at >= StampStart && at < StampEnd)
            {
                WriteStamp(digits, stamp);
                written += Copy(digits[(at - StampStart)..], destination[written..length]);
            }
            else
            {
                written += Copy(Expected(at, stamp), destination[written..length]);
            }
        }

        return length;
    }

    /// <summary>Reads a stamp's digits.</summary>
    public static bool TryReadStamp(ReadOnlySpan<byte> digits, out Stamp stamp)
    {
        stamp = default;
        Span<byte> packed = stackalloc byte[PackedLength];
        if (Convert.FromHexString(digits[..^1], packed, out _, out _) != OperationStatus.Done
            || digits.ContainsAnyInRange((byte)'A', (byte)'F')
            || digits[^1] is not ((byte)'0' or (byte)'1'))
        {
            return false;
        }

        var stream = BinaryPrimitives.ReadUInt32BigEndian(packed) >> 8;
        var sequence = BinaryPrimitives.ReadUInt32BigEndian(packed[StreamBytes..]);
        var time = BinaryPrimitives.ReadInt64BigEndian(packed[(PackedLength - sizeof(long))..]) & TimeMask;
        stamp = new(stream, sequence, time, digits[^1] == '1');
        return true;
    }

    /// <summary>How long ago a stamp's time was.</summary>
    public static long Age(long now, long time) => (now - time) & TimeMask;

    private static int Copy(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var length = Math.Min(source.Length, destination.Length);
        source[..length].CopyTo(destination);
        return length;
    }

    private static void WriteStamp(Span<byte> digits, Stamp stamp)
    {
        // From the back: what is wider than its place is written over by what stands before it.
        Span<byte> packed = stackalloc byte[PackedLength];
        BinaryPrimitives.WriteInt64BigEndian(packed[(PackedLength - sizeof(long))..], stamp.Time);
        BinaryPrimitives.WriteUInt32BigEndian(packed[StreamBytes..], stamp.Sequence);
        packed[0] = (byte)(stamp.Stream >> 16);
        packed[1] = (byte)(stamp.Stream >> 8);
        packed[2] = (byte)stamp.Stream;
        _ = Convert.TryToHexStringLower(packed, digits, out _);
        digits[^1] = stamp.IsLast ? (byte)'1' : (byte)'0';
    }

    private static byte[] CreateText()
    {
        var text = new byte[TextPeriod + LongestSlice];
        var state = 12345u;
        for (var index = 0; index < TextPeriod; index++)
        {
            state = (state * 1664525) + 1013904223;
            text[index] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789  "u8[(int)(state >> 26)];
        }

        for (var index = TextPeriod; index < text.Length; index++)
        {
            text[index] = text[index - TextPeriod];
        }

        return text;
    }
}
