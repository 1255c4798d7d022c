using System.Buffers;

namespace EdgeProxy.Protocol;

/// <summary>The first event of an event stream that is in memory: the first block that has data (WHATWG HTML 9.2.6).</summary>
internal readonly ref struct SseFirstEvent
{
    /// <summary>The event's name; empty if it has none.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>Its data, lines joined by a line feed; the data so far where the stream ends before the event does. Empty if there is none.</summary>
    public ReadOnlySpan<byte> Data { get; private init; }

    /// <summary>Whether the event was dispatched: its blank line was there.</summary>
    public bool IsDispatched { get; private init; }

    /// <summary>Reads it. Data of a single line, which is the rule, is not copied.</summary>
    public static SseFirstEvent Read(ReadOnlySpan<byte> stream)
    {
        var scanner = default(SseScanner);
        var position = 0;
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> single = default;
        ArrayBufferWriter<byte>? joined = null;
        var dataLines = 0;
        var isDispatched = false;

        // The stream is one piece, so every line comes whole.
        while (!isDispatched && scanner.TryRead(stream, ref position, out var line))
        {
            if (line.Field == SseField.Event)
            {
                name = line.Value;
            }
            else if (line.Field == SseField.Data && dataLines++ == 0)
            {
                single = line.Value;
            }
            else if (line.Field == SseField.Data)
            {
                joined ??= Copy(single);
                joined.Write("\n"u8);
                joined.Write(line.Value);
            }

            isDispatched = line.DispatchesEvent;
            name = line.EndsBlock && !isDispatched ? default : name;
        }

        return new() { Name = name, Data = joined is null ? single : joined.WrittenSpan, IsDispatched = isDispatched };
    }

    private static ArrayBufferWriter<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        var copy = new ArrayBufferWriter<byte>(bytes.Length + 1024);
        copy.Write(bytes);
        return copy;
    }
}
