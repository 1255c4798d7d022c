using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Hosting;

/// <summary>Where a proxy of a configuration can be reached from its own machine.</summary>
internal static class ListenAddress
{
    private const string Loopback = "localhost";

    /// <summary>
    /// The first address in the order in which Kestrel takes them: the section <c>Kestrel:Endpoints</c>, <c>urls</c>, <c>http_ports</c>,
    /// <c>https_ports</c>, the default. A wildcard host becomes the loopback.
    /// </summary>
    public static (string Host, int Port) First(IConfiguration configuration)
    {
        var url = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).FirstOrDefault(url => !string.IsNullOrWhiteSpace(url))
            ?? FirstOf(configuration["urls"])
            ?? PortOnly(FirstOf(configuration["http_ports"]) ?? FirstOf(configuration["https_ports"]))
            ?? ServerSetup.DefaultUrl;
        var address = BindingAddress.Parse(url);
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? Loopback : address.Host;
        return (host, address.Port);
    }

    private static string? PortOnly(string? port) => port is null ? null : $"http://{Loopback}:{port}";

    private static string? FirstOf(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
}
