using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>
/// Makes the child <see cref="HttpContext"/> of one attempt: the client's request, with a response, lifetime and proxy feature of its
/// own. Everything else (endpoint, user, services, items, trace) is the client's.
/// </summary>
internal static class AttemptContext
{
    /// <summary>Makes the context; <paramref name="attempt"/> is found in its features by the middleware further in.</summary>
    public static HttpContext Create(HttpContext client, Attempt attempt, AttemptResponse response, AttemptLifetime lifetime)
    {
        var features = new FeatureCollection(client.Features);
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(response);
        features.Set<IHttpResponseTrailersFeature>(response);
        // Also over HTTP/1.1: a feature that is missing here would be the client's.
        features.Set<IHttpResetFeature>(response);
        features.Set<IHttpRequestLifetimeFeature>(lifetime);
        features.Set(attempt);

        var proxy = client.GetReverseProxyFeature();
        features.Set<IReverseProxyFeature>(new ReverseProxyFeature
        {
            Route = proxy.Route,
            Cluster = proxy.Cluster,
            AllDestinations = proxy.AllDestinations,
            AvailableDestinations = proxy.AvailableDestinations,
        });
        return new DefaultHttpContext(features);
    }
}
