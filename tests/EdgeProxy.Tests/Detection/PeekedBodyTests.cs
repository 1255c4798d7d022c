using System.IO.Pipelines;
using EdgeProxy.Detection;

namespace EdgeProxy.Tests.Detection;

/// <summary>After a peek every byte is there, and the reader's examined position never moves back.</summary>
public sealed class PeekedBodyTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(300, 64)]
    [InlineData(300, 1000)]
    [InlineData(999, 64)]
    public async Task Reads_AfterAPeek_GetEveryByte_AndNeverExamineLess(int examined, int readSize)
    {
        var bytes = Enumerable.Range(0, 1000).Select(static i => (byte)i).ToArray();
        var pipe = new Pipe(new PipeOptions(minimumSegmentSize: 100, pauseWriterThreshold: 0));
        foreach (var part in bytes.Chunk(90))
        {
            await pipe.Writer.WriteAsync(part, TestContext.Current.CancellationToken);
        }

        await pipe.Writer.CompleteAsync();
        var reader = new WatchedReader(pipe.Reader);
        var peeked = await reader.ReadAsync(TestContext.Current.CancellationToken);
        reader.AdvanceTo(peeked.Buffer.Start, peeked.Buffer.GetPosition(examined));

        var body = new PeekedBody(reader.AsStream(), reader, examined);
        Assert.Equal(0, await body.ReadAsync(Memory<byte>.Empty, TestContext.Current.CancellationToken));
        var seen = new List<byte>();
        var target = new byte[readSize];
        for (int count; (count = await body.ReadAsync(target, TestContext.Current.CancellationToken)) > 0;)
        {
            seen.AddRange(target.AsSpan(0, count));
        }

        Assert.Equal(bytes, seen);
        Assert.Equal(0, reader.Retreats);
    }

    /// <summary>Counts the times the examined position went back, as offsets in the whole body.</summary>
    private sealed class WatchedReader(PipeReader inner) : PipeReader
    {
        private System.Buffers.ReadOnlySequence<byte> _buffer;
        private long _consumed;
        private long _examined;

        public int Retreats { get; private set; }

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(cancellationToken);
            _buffer = read.Buffer;
            return read;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            var examinedNow = _consumed + _buffer.Slice(_buffer.Start, examined).Length;
            Retreats += examinedNow < _examined ? 1 : 0;
            _examined = examinedNow;
            _consumed += _buffer.Slice(_buffer.Start, consumed).Length;
            inner.AdvanceTo(consumed, examined);
        }

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);
    }
}
