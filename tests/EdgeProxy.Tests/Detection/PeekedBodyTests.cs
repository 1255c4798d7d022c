using System.Buffers;
using System.IO.Pipelines;
using EdgeProxy.Detection;

namespace EdgeProxy.Tests.Detection;

public sealed class PeekedBodyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = 30_000)]
    [InlineData(0, 1)]
    [InlineData(0, 7)]
    [InlineData(1, 1)]
    [InlineData(60, 1)]
    [InlineData(60, 7)]
    [InlineData(60, 59)]
    [InlineData(60, 60)]
    [InlineData(60, 61)]
    [InlineData(99, 7)]
    [InlineData(99, 100)]
    [InlineData(99, 1000)]
    public async Task Read_PeekedBytesThenTheRest_GivesAllAndNeverExaminesLess(int peeked, int size)
    {
        var sent = Enumerable.Range(0, 150).Select(i => (byte)i).ToArray();
        var pipe = new Pipe(new PipeOptions(minimumSegmentSize: 16));
        await pipe.Writer.WriteAsync(sent.AsMemory(0, 100), Token);
        var reader = new WatchedReader(pipe.Reader);
        Assert.True(reader.TryRead(out var peek));
        reader.AdvanceTo(peek.Buffer.Start, peek.Buffer.GetPosition(peeked));
        await using var body = new PeekedBody(reader, peeked);

        var received = new List<byte>();
        var buffer = new byte[size];
        while (received.Count < sent.Length)
        {
            if (received.Count == 100)
            {
                await pipe.Writer.WriteAsync(sent.AsMemory(100), Token);
            }

            var empty = body.ReadAsync(Memory<byte>.Empty, Token);
            Assert.True(empty.IsCompletedSuccessfully); // what is there must not wait for more
            Assert.Equal(0, await empty);
            var count = await body.ReadAsync(buffer, Token);
            received.AddRange(buffer.AsSpan(0, count));
        }

        await pipe.Writer.CompleteAsync();
        Assert.Equal(sent, received);
        Assert.Equal(0, await body.ReadAsync(buffer, Token));
        Assert.Equal(0, await body.ReadAsync(buffer, Token));
    }

    [Fact(Timeout = 30_000)]
    public async Task Read_WholeBodyPeekedAndEnded_GivesAllAtOnce()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[10], Token);
        await pipe.Writer.CompleteAsync();
        Assert.True(pipe.Reader.TryRead(out var peek));
        pipe.Reader.AdvanceTo(peek.Buffer.Start, peek.Buffer.End);
        await using var body = new PeekedBody(pipe.Reader, 10);

        Assert.Equal(4, await body.ReadAsync(new byte[4], Token));
        Assert.Equal(6, await body.ReadAsync(new byte[40], Token));
        Assert.Equal(0, await body.ReadAsync(new byte[40], Token));
    }

    [Fact(Timeout = 30_000)]
    public async Task Read_Cancelled_ThrowsAndCanBeReadOn()
    {
        var pipe = new Pipe();
        await using var body = new PeekedBody(pipe.Reader, 0);
        using var cancel = new CancellationTokenSource();
        var reading = body.ReadAsync(new byte[4], cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => body.ReadAsync(new byte[4], cancel.Token).AsTask());
        await pipe.Writer.WriteAsync(new byte[3], Token);
        Assert.Equal(3, await body.ReadAsync(new byte[4], Token));
    }

    [Fact(Timeout = 30_000)]
    public async Task Read_WokenByACancellationThatIsNotItsOwn_WaitsOn()
    {
        var pipe = new Pipe();
        await using var body = new PeekedBody(pipe.Reader, 0);
        pipe.Reader.CancelPendingRead();
        var reading = body.ReadAsync(new byte[4], Token).AsTask();
        Assert.False(reading.IsCompleted);
        pipe.Reader.CancelPendingRead();

        await pipe.Writer.WriteAsync(new byte[3], Token);

        Assert.Equal(3, await reading);
    }

    [Fact]
    public void Stream_AnythingButAsynchronousReads_IsRefused()
    {
        using var body = new PeekedBody(new Pipe().Reader, 0);

        Assert.Equal((true, false, false), (body.CanRead, body.CanSeek, body.CanWrite));
        Assert.Throws<NotSupportedException>(() => body.Read(new byte[1], 0, 1));
        Assert.Throws<NotSupportedException>(() => body.Write([1], 0, 1));
    }

    /// <summary>
    /// Fails when the examined position goes back, which a pipe lets pass and Kestrel's HTTP/2 accounting does not, and takes its
    /// buffers away when they are advanced over, as a pipe does that is written to meanwhile.
    /// </summary>
    private sealed class WatchedReader(PipeReader inner) : PipeReader
    {
        private ReadOnlySequence<byte> _inner;
        private ReadOnlySequence<byte> _lent;
        private Segment _last = null!;
        private long _consumed;
        private long _examined;

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            var newlyConsumed = _lent.Slice(_lent.Start, consumed).Length;
            var newlyExamined = _lent.Slice(_lent.Start, examined).Length;
            Assert.True(_consumed + newlyExamined >= _examined, $"examined went back from {_examined} to {_consumed + newlyExamined}");
            _examined = _consumed + newlyExamined;
            _consumed += newlyConsumed;
            _last.Return();
            inner.AdvanceTo(_inner.GetPosition(newlyConsumed), _inner.GetPosition(newlyExamined));
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Lend(await inner.ReadAsync(cancellationToken));

        public override bool TryRead(out ReadResult result)
        {
            var read = inner.TryRead(out result);
            result = Lend(result);
            return read;
        }

        private ReadResult Lend(ReadResult read)
        {
            _inner = read.Buffer;
            var bytes = _inner.ToArray();
            var first = new Segment(bytes.AsMemory(0, bytes.Length / 2));
            _last = new Segment(bytes.AsMemory(bytes.Length / 2), first);
            _lent = new ReadOnlySequence<byte>(first, 0, _last, _last.Memory.Length);
            return new ReadResult(_lent, read.IsCanceled, read.IsCompleted);
        }

        private sealed class Segment : ReadOnlySequenceSegment<byte>
        {
            public Segment(ReadOnlyMemory<byte> memory, Segment? before = null)
            {
                Memory = memory;
                if (before is not null)
                {
                    RunningIndex = before.Memory.Length;
                    before.Next = this;
                }
            }

            /// <summary>A sequence that ends here is empty from now on.</summary>
            public void Return()
            {
                RunningIndex = -Memory.Length;
                Memory = default;
            }
        }
    }
}
