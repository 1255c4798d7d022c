using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeProxy.Attempts;

/// <summary>
/// A forwarder which for an attempt also tells it when the response head is here, and leaves all deadlines to the stream's own
/// clock: YARP's activity timer counts every byte, an upstream's comments among them, and ends at 100 s unless set.
/// </summary>
/// <param name="inner">Forwards, as YARP's does.</param>
internal sealed class StreamForwarder(IHttpForwarder inner) : IHttpForwarder
{
    private static readonly TimeSpan NoLimit = Timeout.InfiniteTimeSpan;

    /// <inheritdoc/>
    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer) =>
        SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    /// <inheritdoc/>
    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer, CancellationToken cancellationToken)
    {
        if (context.Features.Get<Attempt>() is { } attempt)
        {
            requestConfig = requestConfig with { ActivityTimeout = NoLimit };
            transformer = new AttemptTransformer(transformer, attempt);
        }

        return inner.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
    }
}
