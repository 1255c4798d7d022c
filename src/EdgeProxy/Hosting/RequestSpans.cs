using System.Diagnostics;
using System.Globalization;
using EdgeProxy.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Hosting;

/// <summary>
/// Names ASP.NET Core's span of every request as OpenTelemetry's conventions for HTTP servers say; by itself the framework leaves
/// it bare, and no instrumentation package is on the feed. The query is left out: it may hold a key.
/// </summary>
internal static class RequestSpans
{
    private static readonly HashSet<string> KnownMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];

    /// <summary>Adds it, where spans are exported at all.</summary>
    public static void UseRequestSpans(this WebApplication app)
    {
        if (app.Services.GetService<OpenTelemetryHost>() is { ExportsTraces: true })
        {
            app.Use(static next => context => DescribeAsync(context, next));
        }
    }

    private static async Task DescribeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span)
            {
                Describe(span, context);
            }
        }
    }

    private static void Describe(Activity span, HttpContext context)
    {
        var request = context.Request;
        var method = KnownMethods.Contains(request.Method) ? request.Method : "_OTHER";
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        var status = context.Response.StatusCode;
        span.DisplayName = (method == "_OTHER" ? "HTTP" : method) + (route is null ? "" : " " + route);
        span.SetTag("http.request.method", method);
        span.SetTag("url.scheme", request.Scheme);
        span.SetTag("url.path", request.Path.Value);
        span.SetTag(TelemetryNames.HttpRoute, route);
        span.SetTag(TelemetryNames.HttpStatus, status);
        if (status >= 500)
        {
            span.SetTag(TelemetryNames.ErrorType, span.GetTagItem(TelemetryNames.ErrorType) ?? status.ToString(CultureInfo.InvariantCulture));
            span.SetStatus(ActivityStatusCode.Error, span.StatusDescription);
        }
    }
}
