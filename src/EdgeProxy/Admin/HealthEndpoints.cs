namespace EdgeProxy.Admin;

/// <summary>
/// Whether the process lives, and whether it takes work. Not ready before the proxy listens, and not any more from the moment in which it is
/// told to stop, while running streams go on.
/// </summary>
internal sealed class HealthEndpoints(IHostApplicationLifetime proxy) : IAdminEndpoints
{
    /// <summary>200 for as long as the process answers.</summary>
    public const string LivePath = "/healthz/live";

    /// <summary>200 while the proxy takes requests, else 503.</summary>
    public const string ReadyPath = "/healthz/ready";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder admin)
    {
        admin.MapMethods(LivePath, AdminAnswer.ReadMethods, static context => AnswerAsync(context, StatusCodes.Status200OK, "live"));
        admin.MapMethods(ReadyPath, AdminAnswer.ReadMethods, context =>
        {
            var word = ProxyReadiness.Of(proxy);
            return AnswerAsync(context, word == ProxyReadiness.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, word);
        });
    }

    private static Task AnswerAsync(HttpContext context, int status, string word)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.ContentLength = word.Length + 1;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(word + "\n");
    }
}
