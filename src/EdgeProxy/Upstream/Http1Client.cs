namespace EdgeProxy.Upstream;

/// <summary>A cluster's client whose requests go through <see cref="Http1Handler"/>, which some may talk to directly.</summary>
/// <param name="handler">The handler; disposed with the client.</param>
internal sealed class Http1Client(Http1Handler handler) : HttpMessageInvoker(handler, disposeHandler: true)
{
    /// <summary>The handler.</summary>
    public Http1Handler Handler => handler;
}
