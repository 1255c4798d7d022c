using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeProxy.Attempts;

/// <summary>
/// Stands between passive health and the forwarder. YARP's policies pass over requests that were cancelled; an attempt that a
/// deadline of ours cancelled is told to them as what it is, the destination's failure.
/// </summary>
internal sealed class AttemptMiddleware(RequestDelegate next)
{
    /// <summary>Runs the forwarder; what is not an attempt gets its own task.</summary>
    public Task InvokeAsync(HttpContext context) =>
        context.Features.Get<Attempt>() is { } attempt ? ForwardAsync(context, attempt) : next(context);

    private async Task ForwardAsync(HttpContext context, Attempt attempt)
    {
        attempt.OnPicked(context.GetReverseProxyFeature().AvailableDestinations);
        try
        {
            await next(context);
        }
        catch (Exception e)
        {
            // YARP 2.1 lets exceptions out on some error paths, past its own health checks; what it has noted of the error still counts.
            attempt.OnEscaped(e);
        }

        if (attempt.HasTimedOut)
        {
            TellOfExpiry(context, attempt);
        }
    }

    private static void TellOfExpiry(HttpContext context, Attempt attempt)
    {
        context.Features.Set<IForwarderErrorFeature>(new ForwarderFailure(ForwarderError.RequestTimedOut, context.Features.Get<IForwarderErrorFeature>()?.Exception));
        context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted = attempt.ClientAborted;
    }
}
