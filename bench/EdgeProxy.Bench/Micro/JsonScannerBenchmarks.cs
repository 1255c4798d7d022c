using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using EdgeProxy.Protocol;

namespace EdgeProxy.Bench.Micro;

/// <summary>One MiB of JSON texts an operation: chat chunks as an event carries them, each whole in its input, and a request with a large picture in reads of 4096 bytes.</summary>
[MemoryDiagnoser]
[Config(typeof(ThroughputConfig))]
public class JsonScannerBenchmarks
{
    private const int ReadLength = 4096;
    private const int Total = 1 << 20;

    private static readonly byte[] Chunk = Encoding.UTF8.GetBytes(
        """{"id":"chatcmpl-BYfLqBzZ0mpr3kCcPvmlGQmXSAYd3","object":"chat.completion.chunk","created":1747609898,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_54eb4bd693","choices":[{"index":0,"delta":{"content":" capital"},"logprobs":null,"finish_reason":null}]}""");

    private byte[] _picture = [];

    [GlobalSetup]
    public void Setup()
    {
        const string Head = """{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,""";
        const string Tail = "\"}}]}]}";
        _picture = Encoding.UTF8.GetBytes(Head + new string('A', Total - Head.Length - Tail.Length) + Tail);
    }

    /// <summary>The framework's reader, which has the whole text.</summary>
    [Benchmark(Baseline = true)]
    public int ChatChunksUtf8JsonReader()
    {
        var tokens = 0;
        for (var read = 0; read < Total; read += Chunk.Length)
        {
            var reader = new Utf8JsonReader(Chunk);
            while (reader.Read())
            {
                tokens++;
            }
        }

        return tokens;
    }

    [Benchmark]
    public int ChatChunks()
    {
        var tokens = 0;
        var scanner = default(JsonScanner);
        for (var read = 0; read < Total; read += Chunk.Length)
        {
            scanner.Reset();
            var position = 0;
            while (scanner.TryRead(Chunk, ref position))
            {
                tokens++;
            }
        }

        return tokens;
    }

    [Benchmark]
    public int PictureInSmallReads()
    {
        var tokens = 0;
        var scanner = default(JsonScanner);
        for (var offset = 0; offset < _picture.Length; offset += ReadLength)
        {
            var position = 0;
            while (scanner.TryRead(_picture.AsSpan(offset, Math.Min(ReadLength, _picture.Length - offset)), ref position))
            {
                tokens++;
            }
        }

        return tokens;
    }
}
