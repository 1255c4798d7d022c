using EdgeProxy.Configuration;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using EdgeProxy.Streaming;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Hosting;

/// <summary>
/// What a request gets that begins while the process is stopping: there is a moment before the server closes its sockets, and a
/// client of HTTP/2 may open streams on its connection for as long as others run there.
/// </summary>
internal static class DrainRefusal
{
    /// <summary>Answers <c>503</c> in the API's own words once the host is stopping; until then a request gets the next one's own task.</summary>
    public static void UseDrainRefusal(this WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        app.Use(next => context => stopping.IsCancellationRequested ? RefuseAsync(context) : next(context));
    }

    private static async Task RefuseAsync(HttpContext context)
    {
        var request = context.Request;
        var policy = context.GetEndpoint()?.Metadata.GetMetadata<StreamPolicy>();
        var dialect = Dialect.Of(policy?.Detection.Dialect ?? DialectPaths.FromPath(request.Path.Value));
        var requestId = RequestIds.From(request.Headers[RequestIds.HeaderName]);
        var body = ErrorAnswer.Prepare(context.Features.GetRequiredFeature<IHttpResponseFeature>(), dialect, StreamFailure.Draining(), requestId);
        if (request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal))
        {
            // HTTP/2 has no such header; there the server has said GOAWAY.
            context.Response.Headers.Connection = "close";
        }

        await context.Response.Body.WriteAsync(body);
    }
}
