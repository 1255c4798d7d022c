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
        try
        {
            await next(context);
        }
        finally
        {
            if (attempt.HasExpired)
            {
                TellOfExpiry(context, attempt);
            }
        }
    }

    private static void TellOfExpiry(HttpContext context, Attempt attempt)
    {
        context.Features.Set<IForwarderErrorFeature>(new ExpiredError(context.Features.Get<IForwarderErrorFeature>()?.Exception));
        context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted = attempt.ClientAborted;
    }

    private sealed class ExpiredError(Exception? exception) : IForwarderErrorFeature
    {
        public ForwarderError Error => ForwarderError.RequestTimedOut;

        public Exception? Exception => exception;
    }
}
