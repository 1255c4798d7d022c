using System.Net;
using EdgeProxy.Configuration;

namespace EdgeProxy.Admin;

/// <summary>Where the admin listener listens: <c>EdgeProxy:Admin:Url</c>.</summary>
/// <param name="Url">Scheme, host and port. A host name other than <c>localhost</c> means all addresses of the machine, as everywhere in Kestrel.</param>
/// <param name="IsConfigured">Whether the configuration names it; otherwise it is the default, and nobody relies on it.</param>
internal sealed record AdminAddress(Uri Url, bool IsConfigured)
{
    /// <summary>The option's full key.</summary>
    public const string Key = $"{EdgeProxyOptions.Section}:{nameof(EdgeProxyOptions.Admin)}:{nameof(AdminOptions.Url)}";

    private const string Localhost = "localhost";

    /// <summary>The address as Kestrel takes it, without a path.</summary>
    public string Binding => Url.GetComponents(UriComponents.SchemeAndServer | UriComponents.StrongPort, UriFormat.UriEscaped);

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => Url.Host == Localhost || (IPAddress.TryParse(Url.Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>The address under which this machine reaches it: the loopback where it listens everywhere.</summary>
    public Uri Local => IsLoopback || (IPAddress.TryParse(Url.Host, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
        ? Url
        : new UriBuilder(Url) { Host = Localhost }.Uri;

    /// <summary>Reads it from a configuration that the validator has nothing against.</summary>
    public static AdminAddress Read(IConfiguration configuration) => new(EdgeProxyOptions.Read(configuration).Admin.Url, configuration[Key] is not null);
}
