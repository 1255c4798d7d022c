using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Attempts;

/// <summary>How long one attempt may live. YARP aborts the client when a body breaks; here that says nothing new.</summary>
internal sealed class AttemptLifetime(CancellationToken aborted) : IHttpRequestLifetimeFeature
{
    /// <inheritdoc/>
    public CancellationToken RequestAborted { get; set; } = aborted;

    /// <inheritdoc/>
    public void Abort()
    {
        // The client's connection is not the attempt's to cut.
    }
}
