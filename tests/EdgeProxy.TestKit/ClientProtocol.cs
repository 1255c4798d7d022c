namespace EdgeProxy.TestKit;

/// <summary>How a client speaks to the proxy.</summary>
public enum ClientProtocol
{
    /// <summary>HTTP/1.1 without TLS.</summary>
    Http1,

    /// <summary>HTTP/2 over TLS, chosen by ALPN.</summary>
    Http2Tls,

    /// <summary>HTTP/2 without TLS, by prior knowledge.</summary>
    H2c,
}
