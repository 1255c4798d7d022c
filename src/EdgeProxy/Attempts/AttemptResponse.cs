using System.IO.Pipelines;
using EdgeProxy.Streaming;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Attempts;

/// <summary>
/// The response that YARP's forwarder writes for one attempt, in place of the client's, which may have started long ago:
/// status, headers and trailers stay here, the body goes to the attempt.
/// </summary>
internal sealed class AttemptResponse : IHttpResponseFeature, IHttpResponseBodyFeature, IHttpResponseTrailersFeature, IHttpResetFeature
{
    private readonly HttpContext _client;
    private Stack<(Func<object, Task> Callback, object State)>? _starting;
    private PipeWriter? _writer;

    public AttemptResponse(HttpContext client, Attempt attempt)
    {
        _client = client;
        Stream = new BodyStream(this, attempt);
    }

    /// <inheritdoc/>
    public int StatusCode { get; set; } = StatusCodes.Status200OK;

    /// <inheritdoc/>
    public string? ReasonPhrase { get; set; }

    /// <inheritdoc/>
    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    /// <inheritdoc/>
    public bool HasStarted { get; private set; }

    /// <summary>Whether the answer broke off after its head.</summary>
    public bool IsBroken { get; private set; }

    /// <inheritdoc/>
    public IHeaderDictionary Trailers { get => field ??= new HeaderDictionary(); set; }

    /// <inheritdoc/>
    public Stream Stream { get; }

    /// <inheritdoc/>
    public PipeWriter Writer => _writer ??= PipeWriter.Create(Stream, new StreamPipeWriterOptions(leaveOpen: true));

    /// <inheritdoc/>
    Stream IHttpResponseFeature.Body { get => Stream; set => throw new NotSupportedException("An attempt's body cannot be replaced."); }

    /// <inheritdoc/>
    public void OnStarting(Func<object, Task> callback, object state) => (_starting ??= []).Push((callback, state));

    /// <inheritdoc/>
    public void OnCompleted(Func<object, Task> callback, object state) => _client.Response.OnCompleted(callback, state);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (HasStarted)
        {
            return;
        }

        while (_starting is not null && _starting.TryPop(out var entry))
        {
            await entry.Callback(entry.State);
        }

        HasStarted = true;
    }

    /// <inheritdoc/>
    public Task CompleteAsync() => StartAsync();

    /// <inheritdoc/>
    public void DisableBuffering()
    {
        // Nothing is buffered here.
    }

    /// <inheritdoc/>
    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    /// <summary>YARP resets the client's stream when the answer has broken off. It is not the attempt's to reset: the outcome says so instead.</summary>
    void IHttpResetFeature.Reset(int errorCode) => IsBroken = true;

    private sealed class BodyStream(AttemptResponse response, Attempt attempt) : WriteOnlyStream
    {
        // YARP's token is its activity timer: the client's side must not be cancelled by it.
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            response.HasStarted = true;
            return attempt.WriteBodyAsync(buffer);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
