using System.Text;
using BenchmarkDotNet.Attributes;
using EdgeProxy.Protocol;

namespace EdgeProxy.Bench.Micro;

/// <summary>
/// One MiB of events, fed in reads of 4096 bytes so that events lie across them. The caller does what a relay does: it reads
/// every token, counts the events and looks at their data.
/// </summary>
[MemoryDiagnoser]
[Config(typeof(ThroughputConfig))]
public class SseScannerBenchmarks
{
    private const int ReadLength = 4096;
    private byte[] _stream = [];

    public enum Events
    {
        /// <summary><c>data: {json}</c>, 200 bytes an event.</summary>
        Data200,

        /// <summary>The same with <c>\r\n</c>.</summary>
        Data200CrLf,

        /// <summary><c>event: name</c> and <c>data: {json}</c>, 200 bytes an event.</summary>
        Named200,
    }

    [Params(Events.Data200, Events.Data200CrLf, Events.Named200)]
    public Events Kind { get; set; }

    public int Bytes => _stream.Length;

    [GlobalSetup]
    public void Setup()
    {
        var (head, end) = Kind switch
        {
            Events.Data200CrLf => ("data: ", "\r\n\r\n"),
            Events.Named200 => ("event: content_block_delta\ndata: ", "\n\n"),
            _ => ("data: ", "\n\n"),
        };
        const string Start = "{\"id\":\"chatcmpl-9dX1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"";
        const string Stop = "\"}}]}";
        var text = new string('x', 200 - head.Length - Start.Length - Stop.Length - end.Length);
        _stream = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(head + Start + text + Stop + end, (1 << 20) / 200)));
    }

    /// <summary>The floor: every line feed is found, nothing else is done.</summary>
    [Benchmark(Baseline = true)]
    public int IndexOfLineFeed()
    {
        var lines = 0;
        for (var offset = 0; offset < _stream.Length; offset += ReadLength)
        {
            var input = _stream.AsSpan(offset, Math.Min(ReadLength, _stream.Length - offset));
            for (var at = input.IndexOf((byte)'\n'); at >= 0; at = input.IndexOf((byte)'\n'))
            {
                lines++;
                input = input[(at + 1)..];
            }
        }

        return lines;
    }

    [Benchmark]
    public long SseScanner()
    {
        var scanner = default(SseScanner);
        long events = 0;
        long dataBytes = 0;
        for (var offset = 0; offset < _stream.Length; offset += ReadLength)
        {
            ReadOnlySpan<byte> input = _stream.AsSpan(offset, Math.Min(ReadLength, _stream.Length - offset));
            var position = 0;
            while (scanner.TryRead(input, ref position, out var line))
            {
                if (line.Field == SseField.Data)
                {
                    dataBytes += line.Value.Length;
                }

                if (line.DispatchesEvent)
                {
                    events++;
                }
            }
        }

        return (events << 32) + dataBytes;
    }
}
