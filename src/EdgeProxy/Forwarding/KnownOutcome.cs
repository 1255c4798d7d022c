namespace EdgeProxy.Forwarding;

/// <summary>Answers a request with what is known already: how YARP's forwarder is told of an exchange that another has begun.</summary>
internal sealed class KnownOutcome : HttpMessageHandler
{
    private readonly Task<HttpResponseMessage> _outcome;

    private KnownOutcome(Task<HttpResponseMessage> outcome) => _outcome = outcome;

    /// <summary>A client whose request is answered with this.</summary>
    public static HttpMessageInvoker Answered(HttpResponseMessage response) => new(new KnownOutcome(Task.FromResult(response)));

    /// <summary>A client whose request fails so.</summary>
    public static HttpMessageInvoker Failed(Exception exception) => new(new KnownOutcome(Task.FromException<HttpResponseMessage>(exception)));

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _outcome;
}
