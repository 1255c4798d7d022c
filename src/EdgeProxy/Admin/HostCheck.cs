using System.Net;

namespace EdgeProxy.Admin;

/// <summary>
/// Keeps web pages out of a listener that only this machine can reach. A page of a stranger can let its own host name point to the loopback
/// (DNS rebinding) and then read the listener as its own origin; the <c>Host</c> header gives it away.
/// </summary>
internal static class HostCheck
{
    /// <summary>Answers 403 to requests that name another host.</summary>
    public static void UseHostCheck(this IApplicationBuilder admin) => admin.Use(static (context, next) =>
    {
        if (IsOwn(context.Request.Host.Host))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    /// <summary>
    /// Whether no foreign name is behind it: an address cannot be rebound, <c>localhost</c> and names under it are the machine's own
    /// (RFC 6761, 6.3), and browsers never leave the header out.
    /// </summary>
    public static bool IsOwn(string host) =>
        host.Length == 0
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host, out _);
}
