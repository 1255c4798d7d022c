using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Tests.Streaming;

/// <summary>A client's response body that keeps what each flush sent, and can make flushes wait as a client does that stopped reading.</summary>
internal sealed class TestResponseBody : IHttpResponseBodyFeature
{
    private readonly TestWriter _writer = new();

    /// <summary>What each flush sent.</summary>
    public IEnumerable<string> Flushes => _writer.Flushes.Select(Encoding.UTF8.GetString);

    /// <summary>All that was sent.</summary>
    public string Sent => Encoding.UTF8.GetString([.. _writer.Flushes.SelectMany(static bytes => bytes)]);

    /// <summary>Whether the response was completed.</summary>
    public bool IsCompleted { get; private set; }

    public PipeWriter Writer => _writer;

    public Stream Stream => _writer.AsStream();

    /// <summary>Forgets what was sent so far.</summary>
    public void Clear() => _writer.Flushes.Clear();

    /// <summary>From now on flushes wait until <see cref="Unblock"/>.</summary>
    public void Block() => _writer.Pending = new TaskCompletionSource<FlushResult>();

    /// <summary>Lets the waiting flush go on.</summary>
    public void Unblock(bool clientIsGone = false)
    {
        var pending = _writer.Pending!;
        _writer.Pending = null;
        pending.SetResult(new FlushResult(isCanceled: false, isCompleted: clientIsGone));
    }

    public Task CompleteAsync()
    {
        IsCompleted = true;
        return Task.CompletedTask;
    }

    public void DisableBuffering()
    {
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    private sealed class TestWriter : PipeWriter
    {
        private readonly ArrayBufferWriter<byte> _unflushed = new();

        public List<byte[]> Flushes { get; } = [];

        public TaskCompletionSource<FlushResult>? Pending { get; set; }

        public override void Advance(int bytes) => _unflushed.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => _unflushed.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => _unflushed.GetSpan(sizeHint);

        public override void CancelPendingFlush() => throw new InvalidOperationException("A pending flush must never be cancelled: Kestrel aborts the connection.");

        public override void Complete(Exception? exception = null)
        {
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            Assert.False(cancellationToken.CanBeCanceled);
            Flushes.Add(_unflushed.WrittenSpan.ToArray());
            _unflushed.Clear();
            return Pending is { } pending ? new ValueTask<FlushResult>(pending.Task) : default;
        }
    }
}
