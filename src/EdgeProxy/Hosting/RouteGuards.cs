using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Hosting;

/// <summary>
/// The framework's guards that a route of YARP's can name: its timeout, its CORS policy, its authorization. A request whose route names
/// none passes them by: asked in vain they take a service scope and a tenth of a plain request's own time. An endpoint that
/// names one and did not pass it is refused by the framework.
/// </summary>
internal static class RouteGuards
{
    // What WebApplication looks for before it puts authorization in front of everything by itself.
    private const string AuthorizationIsSet = "__AuthorizationMiddlewareSet";

    /// <summary>Adds them.</summary>
    public static void UseRouteGuards(this WebApplication app)
    {
        ((IApplicationBuilder)app).Properties[AuthorizationIsSet] = true;
        app.UseWhen(
            static context => context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { } route && NamesOne(route.Config),
            static guarded =>
            {
                guarded.UseRequestTimeouts();
                guarded.UseCors();
                guarded.UseAuthorization();
            });
    }

    private static bool NamesOne(RouteConfig route) =>
        route is not { AuthorizationPolicy: null, CorsPolicy: null, Timeout: null, TimeoutPolicy: null };
}
