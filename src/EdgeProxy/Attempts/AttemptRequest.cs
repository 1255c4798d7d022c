using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Attempts;

/// <summary>The client's request with a body of the attempt's own: what was recorded of it, or the same with another model in it.</summary>
internal sealed class AttemptRequest : IHttpRequestFeature
{
    /// <summary>Makes the request; a <paramref name="contentLength"/> stands in for the client's where the body was changed.</summary>
    public AttemptRequest(IHttpRequestFeature client, Stream body, long? contentLength)
    {
        Body = body;
        Headers = client.Headers;
        if (contentLength is not null && client.Headers.ContentLength is not null)
        {
            Headers = new HeaderDictionary(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues>(client.Headers, StringComparer.OrdinalIgnoreCase))
            {
                ContentLength = contentLength,
            };
        }

        Protocol = client.Protocol;
        Scheme = client.Scheme;
        Method = client.Method;
        PathBase = client.PathBase;
        Path = client.Path;
        QueryString = client.QueryString;
        RawTarget = client.RawTarget;
    }

    /// <inheritdoc/>
    public string Protocol { get; set; }

    /// <inheritdoc/>
    public string Scheme { get; set; }

    /// <inheritdoc/>
    public string Method { get; set; }

    /// <inheritdoc/>
    public string PathBase { get; set; }

    /// <inheritdoc/>
    public string Path { get; set; }

    /// <inheritdoc/>
    public string QueryString { get; set; }

    /// <inheritdoc/>
    public string RawTarget { get; set; }

    /// <inheritdoc/>
    public IHeaderDictionary Headers { get; set; }

    /// <inheritdoc/>
    public Stream Body { get; set; }
}
