using EdgeProxy.Streaming;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeProxy.Attempts;

/// <summary>The route's own transforms, and after them what a stream needs.</summary>
internal sealed class AttemptTransformer(HttpTransformer route, Attempt attempt) : HttpTransformer
{
    /// <summary>Who forwards.</summary>
    public Attempt Attempt => attempt;

    /// <inheritdoc/>
    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await route.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        if (!attempt.Job.IsKnownStream)
        {
            // It may turn out to be no stream, and those pass untouched.
            return;
        }

        // Frames cannot be added to compressed bytes.
        proxyRequest.Headers.Remove(HeaderNames.AcceptEncoding);
        if (!proxyRequest.Headers.Contains(RequestIds.HeaderName))
        {
            proxyRequest.Headers.TryAddWithoutValidation(RequestIds.HeaderName, attempt.Job.RequestId);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var wantsBody = await route.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        return proxyResponse is null
            ? wantsBody
            : await attempt.OnHeadAsync(httpContext.Response, proxyResponse) && wantsBody;
    }

    /// <inheritdoc/>
    public override ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken) =>
        route.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
}
