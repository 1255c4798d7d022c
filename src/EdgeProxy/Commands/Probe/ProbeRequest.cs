using System.Net;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Commands.Probe;

/// <summary>Which versions of HTTP a probe speaks.</summary>
internal enum ProbeHttp
{
    /// <summary>HTTP/2 where TLS agrees upon it, else HTTP/1.1.</summary>
    Any,

    /// <summary>HTTP/1.1 alone.</summary>
    Http1,

    /// <summary>HTTP/2 alone; without TLS by prior knowledge.</summary>
    Http2,
}

/// <summary>What a probe asks for.</summary>
internal sealed record ProbeRequest
{
    private static readonly string[] HarmlessHeaders =
        ["accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host", "origin", "referer", "user-agent"];

    /// <summary>An absolute http or https URL without user info.</summary>
    public required Uri Url { get; init; }

    /// <summary>The method; null is POST with a body, else GET.</summary>
    public string? Method { get; init; }

    /// <summary>Headers as they were given; an empty value keeps a header that the probe would send from being sent.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body.</summary>
    public byte[]? Data { get; init; }

    /// <summary>Bounds the whole probe.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether any certificate will do.</summary>
    public bool Insecure { get; init; }

    public ProbeHttp Http { get; init; }

    /// <summary>Where to connect in place of what names stand for, by host and port.</summary>
    public IReadOnlyDictionary<(string Host, int Port), IPAddress> Resolve { get; init; } = new Dictionary<(string, int), IPAddress>();

    /// <summary>The API family; null is the one that the path tells.</summary>
    public DialectKind? Dialect { get; init; }

    /// <summary>The family to judge by.</summary>
    public DialectKind EffectiveDialect => Dialect ?? DialectPaths.FromPath(Url.AbsolutePath);

    /// <summary>The method that is sent.</summary>
    public string EffectiveMethod => Method ?? (Data is null ? "GET" : "POST");

    /// <summary>The URL as it may be printed: a query may hold a key (Gemini's does).</summary>
    public string ShownUrl => $"{Url.GetLeftPart(UriPartial.Path)}{(Url.Query.Length > 1 ? "?…" : "")}";

    /// <summary>What must never be printed: the values of all headers that may be credentials, whole and in parts, and those of the query.</summary>
    public IEnumerable<string> Secrets => Headers
        .Where(static header => !HarmlessHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase))
        .SelectMany(static header => header.Value.Split([' ', ';', ',', '='], StringSplitOptions.RemoveEmptyEntries).Append(header.Value))
        .Concat(QueryValues());

    private IEnumerable<string> QueryValues()
    {
        foreach (var part in Url.Query.TrimStart('?').Split('&'))
        {
            var value = part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..];
            yield return value;
            yield return Uri.UnescapeDataString(value);
        }
    }
}
