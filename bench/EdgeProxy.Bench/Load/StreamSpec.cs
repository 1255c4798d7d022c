using System.Buffers.Text;
using System.Globalization;

namespace EdgeProxy.Bench.Load;

/// <summary>How the backend answers a request.</summary>
internal enum StreamMode
{
    /// <summary>Events at an even pace.</summary>
    Paced,

    /// <summary>Nothing, not even headers, for a while; then one event.</summary>
    Idle,

    /// <summary>Events as fast as the socket takes them.</summary>
    Flat,

    /// <summary>Headers, one event and the end at once.</summary>
    FirstByte,

    /// <summary>A JSON document.</summary>
    Short,

    /// <summary>One event, in pieces.</summary>
    Large,
}

/// <summary>
/// What a request asks of the backend. It travels in the request's <c>model</c>, which every gateway passes on
/// (<c>"model":"bench:mode=paced;stream=7;…"</c>), or in the query (<c>?mode=paced&amp;stream=7</c>).
/// </summary>
internal record struct StreamSpec()
{
    public StreamMode Mode { get; set; } = StreamMode.FirstByte;

    /// <summary>The number that the events carry.</summary>
    public uint Stream { get; set; }

    /// <summary>The size of an event in bytes.</summary>
    public int Bytes { get; set; } = 200;

    /// <summary>Events in one write and one HTTP chunk.</summary>
    public int Batch { get; set; } = 1;

    /// <summary>Events a second.</summary>
    public double Rate { get; set; } = 20;

    /// <summary>Where in the period between two writes this stream's writes lie, from 0 to 1, on the machine's monotonic clock: streams with evenly spread phases write evenly, whenever they began.</summary>
    public double Phase { get; set; }

    /// <summary>Ends after so many events; 0: when released.</summary>
    public long Count { get; set; }

    /// <summary>Ends after so many seconds; 0: when released. For <see cref="StreamMode.Idle"/>, how long to say nothing.</summary>
    public double Seconds { get; set; }

    /// <summary>Reads the spec out of a request; what it does not name has its default.</summary>
    /// <param name="text">Pairs of name and value; ends at the first byte that can belong to none.</param>
    public static StreamSpec Parse(ReadOnlySpan<byte> text)
    {
        var spec = new StreamSpec();
        var end = text.IndexOfAny(" \"\r"u8);
        text = end < 0 ? text : text[..end];
        while (!text.IsEmpty)
        {
            var next = text.IndexOfAny((byte)';', (byte)'&');
            var pair = next < 0 ? text : text[..next];
            text = next < 0 ? default : text[(next + 1)..];
            var equals = pair.IndexOf((byte)'=');
            if (equals > 0)
            {
                spec.Set(pair[..equals], pair[(equals + 1)..]);
            }
        }

        return spec;
    }

    /// <summary>The spec as <see cref="Parse"/> reads it.</summary>
    public override readonly string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"mode={Mode.ToString().ToLowerInvariant()};stream={Stream};bytes={Bytes};batch={Batch};rate={Rate:R};phase={Phase:F6};count={Count};seconds={Seconds:R}");

    private void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("mode"u8))
        {
            Mode = ModeOf(value);
        }
        else if (!Utf8Parser.TryParse(value, out double number, out _) || !double.IsFinite(number) || number < 0)
        {
            return;
        }
        else if (name.SequenceEqual("stream"u8))
        {
            Stream = (uint)number & 0xFFFFFF;
        }
        else if (name.SequenceEqual("bytes"u8))
        {
            Bytes = Math.Clamp((int)number, EventFormat.MinSize, 1 << 30);
        }
        else if (name.SequenceEqual("batch"u8))
        {
            Batch = Math.Clamp((int)number, 1, 1024);
        }
        else if (name.SequenceEqual("rate"u8))
        {
            Rate = Math.Max(number, 1e-3);
        }
        else if (name.SequenceEqual("phase"u8))
        {
            Phase = Math.Min(number, 1);
        }
        else if (name.SequenceEqual("count"u8))
        {
            Count = (long)number;
        }
        else if (name.SequenceEqual("seconds"u8))
        {
            Seconds = number;
        }
    }

    private static StreamMode ModeOf(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("paced"u8) ? StreamMode.Paced
        : value.SequenceEqual("idle"u8) ? StreamMode.Idle
        : value.SequenceEqual("flat"u8) ? StreamMode.Flat
        : value.SequenceEqual("short"u8) ? StreamMode.Short
        : value.SequenceEqual("large"u8) ? StreamMode.Large
        : StreamMode.FirstByte;
}
