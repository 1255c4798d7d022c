using System.IO.Pipelines;
using System.Text;
using BenchmarkDotNet.Attributes;
using EdgeProxy.Configuration;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using EdgeProxy.Streaming;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Bench.Micro;

/// <summary>
/// Our own code on the relay's path: scan, follow the dialect's signals, gate, copy into the client's writer, flush. The client's
/// writer takes everything at once, so that nothing of Kestrel or of the sockets is in the figures. One operation is one event.
/// </summary>
[MemoryDiagnoser]
public class RelayBenchmarks
{
    private const int Events = 4096;
    private ReadOnlyMemory<byte>[] _reads = [];
    private ClientStream _stream = null!;

    /// <summary>How many events one read of the upstream brings; 0: each read ends in the middle of an event.</summary>
    [Params(0, 1, 16)]
    public int EventsPerRead { get; set; }

    [Params(nameof(DialectKind.Generic), nameof(DialectKind.OpenAIChat), nameof(DialectKind.OpenAIResponses))]
    public string Dialect { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var text = Dialect == nameof(DialectKind.OpenAIResponses)
            ? """{"type":"response.output_text.delta","sequence_number":12,"item_id":"msg_68a1","output_index":0,"content_index":0,"delta":" word","logprobs":[]}"""
            : """{"id":"chatcmpl-9dX1","object":"chat.completion.chunk","created":1763715600,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}""";
        var one = Encoding.UTF8.GetBytes($"data: {text}\n\n");
        byte[] all = [.. Enumerable.Repeat(one, Events).SelectMany(static bytes => bytes)];
        var read = one.Length * Math.Max(EventsPerRead, 1);
        var first = EventsPerRead == 0 ? one.Length / 2 : read;
        _reads = [.. Cut(all, first, read)];

        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new SwallowingBody());
        var settings = StreamPolicy.Compile("Default", "bench", "cluster", new StreamPolicyOptions(), maxRequestBodySize: null).Client with { PrimerAfter = TimeSpan.Zero };
        _stream = new ClientStream(context, Protocol.Dialects.Dialect.Of(Enum.Parse<DialectKind>(Dialect)), settings, "bench", TimeProvider.System);
        _stream.ExpectEventsAsync().AsTask().GetAwaiter().GetResult();
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public async Task Relay()
    {
        foreach (var read in _reads)
        {
            await _stream.WriteAsync(read);
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Cut(byte[] bytes, int first, int each)
    {
        yield return bytes.AsMemory(0, first);
        for (var at = first; at < bytes.Length; at += each)
        {
            yield return bytes.AsMemory(at, Math.Min(each, bytes.Length - at));
        }
    }

    private sealed class SwallowingBody : IHttpResponseBodyFeature
    {
        public Stream Stream => Stream.Null;

        public PipeWriter Writer { get; } = new SwallowingWriter();

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }

    private sealed class SwallowingWriter : PipeWriter
    {
        private readonly byte[] _buffer = new byte[1 << 16];

        public override void Advance(int bytes)
        {
        }

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => _buffer;
    }
}
