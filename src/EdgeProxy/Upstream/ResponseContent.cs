using System.Net;

namespace EdgeProxy.Upstream;

/// <summary>The content of a response, read from its connection as it arrives, once.</summary>
internal sealed class ResponseContent : HttpContent
{
    private ResponseBodyStream? _body;

    /// <summary>Gives the content its body.</summary>
    public void Start(ResponseBodyStream body) => _body = body;

    /// <inheritdoc/>
    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(_body!);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _body!.CopyToAsync(stream);

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _body?.Dispose();
        base.Dispose(disposing);
    }
}
