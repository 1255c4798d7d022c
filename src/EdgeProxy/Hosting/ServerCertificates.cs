using System.Collections.Concurrent;
using System.Net.Security;
using Microsoft.AspNetCore.Server.Kestrel;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace EdgeProxy.Hosting;

/// <summary>
/// The certificates of the section <c>Kestrel:Endpoints</c>, as they are now. Kestrel's own way to renew one closes the endpoint, cuts its streams
/// after five seconds, and does not see a Kubernetes Secret change. Here connections in use stay as they are and new ones get the new certificate.
/// </summary>
/// <remarks>An endpoint with <c>Sni</c> or HTTP/3 keeps what it read when it was bound.</remarks>
internal sealed class ServerCertificates
{
    private static readonly string[] PathKeys = ["Path", "KeyPath"];

    private readonly ConcurrentDictionary<string, SslStreamCertificateContext> _renewed = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Lets the endpoints of the section ask here for their certificate.</summary>
    public void Attach(KestrelConfigurationLoader loader, IConfiguration section)
    {
        foreach (var name in NamesOf(section))
        {
            loader.Endpoint(name, endpoint => Attach(name, endpoint));
        }
    }

    /// <summary>Reads all certificates of the section anew.</summary>
    /// <param name="section">The section <c>Kestrel</c>.</param>
    /// <param name="services">The host's services.</param>
    public void Read(IConfiguration section, IServiceProvider services)
    {
        var read = new Dictionary<string, SslStreamCertificateContext>(StringComparer.OrdinalIgnoreCase);
        var scratch = new KestrelServerOptions { ApplicationServices = services };
        var loader = scratch.Configure(section);
        foreach (var name in NamesOf(section))
        {
            loader.Endpoint(name, endpoint =>
            {
                if (endpoint is { IsHttps: true, HttpsOptions: { ServerCertificate: { } certificate } https })
                {
                    read[name] = SslStreamCertificateContext.Create(certificate, https.ServerCertificateChain, offline: true);
                }
            });
        }

        loader.Load();
        foreach (var name in _renewed.Keys.Except(read.Keys, StringComparer.OrdinalIgnoreCase))
        {
            _renewed.TryRemove(name, out _);
        }

        foreach (var (name, context) in read)
        {
            // A context that stands for the same certificate keeps its TLS sessions.
            _renewed.AddOrUpdate(name, context, (_, old) => old.TargetCertificate.Equals(context.TargetCertificate) ? old : context);
        }
    }

    /// <summary>The files that the section's certificates and keys are read from.</summary>
    public static IEnumerable<string> FilesOf(IConfiguration section, string folder) =>
        from certificate in section.GetSection("Certificates").GetChildren().Concat(section.GetSection("Endpoints").GetChildren().Select(endpoint => endpoint.GetSection("Certificate")))
        from key in PathKeys
        let path = certificate[key]
        where !string.IsNullOrEmpty(path)
        select Path.GetFullPath(path, folder);

    private void Attach(string name, EndpointConfiguration endpoint)
    {
        var isFixed = endpoint.ListenOptions.Protocols.HasFlag(HttpProtocols.Http3) || endpoint.ConfigSection.GetSection("Sni").GetChildren().Any();
        if (endpoint.IsHttps && !isFixed)
        {
            endpoint.HttpsOptions.OnAuthenticate = (_, tls) =>
            {
                if (_renewed.TryGetValue(name, out var context))
                {
                    tls.ServerCertificateContext = context;
                }
            };
        }
    }

    private static IEnumerable<string> NamesOf(IConfiguration section) => section.GetSection("Endpoints").GetChildren().Select(endpoint => endpoint.Key);
}
