using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Attempts;

/// <summary>
/// Makes the child <see cref="HttpContext"/> of one attempt: the client's request, with a body, response, lifetime and proxy feature of
/// its own. Everything else (endpoint, user, services, items, trace) is the client's.
/// </summary>
internal static class AttemptContext
{
    /// <summary>
    /// Makes the context; <paramref name="attempt"/> is found in its features by the middleware further in. Without a
    /// <paramref name="request"/> it reads the client's own body.
    /// </summary>
    public static HttpContext Create(HttpContext client, Attempt attempt, AttemptResponse response, AttemptLifetime lifetime, AttemptRequest? request)
    {
        var features = new FeatureCollection(client.Features);
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(response);
        features.Set<IHttpResponseTrailersFeature>(response);
        // Also over HTTP/1.1: a feature that is missing here would be the client's.
        features.Set<IHttpResetFeature>(response);
        features.Set<IHttpRequestLifetimeFeature>(lifetime);
        features.Set(attempt);

        features.Set<IItemsFeature>(new AttemptItems(client));

        var stage = attempt.Target.Stage;
        features.Set<IReverseProxyFeature>(new ReverseProxyFeature
        {
            Route = stage.Route,
            Cluster = stage.Cluster.Model,
            AllDestinations = stage.Cluster.DestinationsState.AllDestinations,
            AvailableDestinations = attempt.Target.Candidates,
        });
        if (request is null)
        {
            return new DefaultHttpContext(features);
        }

        features.Set<IHttpRequestFeature>(request);
        var context = new DefaultHttpContext(features);
        features.Set<IRequestBodyPipeFeature>(new RequestBodyPipeFeature(context));
        return context;
    }

    /// <summary>A copy of the client's items: what YARP notes there of one attempt (the session that it found) is not true of the next.</summary>
    private sealed class AttemptItems(HttpContext client) : IItemsFeature
    {
        private IDictionary<object, object?>? _items;

        // Most attempts note nothing.
        public IDictionary<object, object?> Items
        {
            get => _items ??= new Dictionary<object, object?>(client.Items);
            set => _items = value;
        }
    }
}
