using System.Globalization;

namespace EdgeProxy.Commands.Probe;

/// <summary>What a limit limits.</summary>
internal enum LimitKind
{
    /// <summary>The wait for the first byte of the answer.</summary>
    FirstByte,

    /// <summary>A silence inside the answer.</summary>
    Gap,

    /// <summary>The whole answer.</summary>
    Total,
}

/// <summary>After how many seconds something that may stand between client and backend gives up, as it comes out of the box.</summary>
/// <param name="Name">What a person calls it.</param>
/// <param name="Setting">Where the limit is set.</param>
/// <param name="FirstByte">The wait for the first byte of the answer.</param>
/// <param name="Gap">A silence inside the answer.</param>
/// <param name="Total">The whole answer, from request to last byte.</param>
/// <param name="CountsBody">Whether the first byte is that of the body; else the head is enough.</param>
internal sealed record KnownLimit(string Name, string Setting, double? FirstByte, double? Gap, double? Total = null, bool CountsBody = false)
{
    // Measured times are a little longer than the limit that made them, by the network's own.
    private const double Early = 0.5;
    private const double Late = 1.5;

    /// <summary>The table.</summary>
    public static IReadOnlyList<KnownLimit> All { get; } =
    [
        // developers.cloudflare.com/fundamentals/reference/connection-limits: proxy read timeout, "between two read operations"; answered with 524.
        new("Cloudflare", "proxy read timeout", 120, 120),

        // docs.aws.amazon.com/cloudfront, OriginReadTimeout: "the first packet, as well as … subsequent packets".
        new("CloudFront", "origin response timeout", 30, 30),

        // fastly.com/documentation, bereq.first_byte_timeout ("the first byte of an HTTP response body", 15 s) and bereq.between_bytes_timeout (10 s).
        new("Fastly", "first_byte_timeout, between_bytes_timeout", 15, 10, CountsBody: true),

        // learn.microsoft.com/azure/frontdoor, origin response timeout: 30 s for the first packet, 30 s idle after it.
        new("Azure Front Door", "origin response timeout", 30, 30),

        // docs.aws.amazon.com/elasticloadbalancing/latest/application, idle_timeout.timeout_seconds.
        new("AWS ALB", "idle timeout", 60, 60),

        // cloud.google.com/load-balancing/docs/https, backend service timeout: bounds the complete response.
        new("GCP load balancer", "backend service timeout", null, null, Total: 30),

        // nginx.org, ngx_http_proxy_module: proxy_read_timeout, "between two successive read operations".
        new("nginx", "proxy_read_timeout", 60, 60),

        // No built-in value; 50 s is what the configuration says that Debian and Ubuntu ship with it.
        new("HAProxy", "timeout server", 50, 50),

        // varnishd -x parameter, of Varnish 7.
        new("Varnish", "first_byte_timeout, between_bytes_timeout", 60, 60),

        // envoyproxy.io, FAQ on timeouts: a route's timeout (15 s) counts until the complete response; stream_idle_timeout is 5 min.
        new("Envoy", "route timeout, stream_idle_timeout", null, 300, Total: 15),
    ];

    /// <summary>The limit of a kind, in seconds; null where there is none.</summary>
    public double? Of(LimitKind kind) => kind switch
    {
        LimitKind.FirstByte => FirstByte,
        LimitKind.Gap => Gap,
        _ => Total,
    };

    /// <summary>Names and limits of those that <paramref name="time"/> seems to be the limit of: who gave up after it is among them.</summary>
    public static string NamesAt(LimitKind kind, TimeSpan time) => Names(
        All.Where(limit => limit.Of(kind) is { } seconds && time.TotalSeconds >= seconds - Early && time.TotalSeconds <= seconds + Late), kind);

    /// <summary>The names, each with its limit.</summary>
    public static string Names(IEnumerable<KnownLimit> limits, LimitKind kind) => string.Join(", ", limits.Select(limit =>
        string.Create(CultureInfo.InvariantCulture, $"{limit.Name} ({limit.Of(kind)} s)")));
}
