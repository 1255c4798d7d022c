using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Hosting;

/// <summary>Where a proxy of a configuration listens.</summary>
internal static class ListenAddress
{
    /// <summary>
    /// The ports by the keys that Kestrel takes them from; addresses that cannot be read are left out. Of several keys only one counts in the end,
    /// here all of them do.
    /// </summary>
    public static IEnumerable<int> Ports(IConfiguration configuration)
    {
        var urls = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? "").Concat(ServerSetup.Split(configuration["urls"]));
        foreach (var url in urls)
        {
            if (TryGetPort(url) is { } port)
            {
                yield return port;
            }
        }

        foreach (var text in ServerSetup.PortKeys.SelectMany(key => ServerSetup.Split(configuration[key])))
        {
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                yield return port;
            }
        }
    }

    private static int? TryGetPort(string url)
    {
        try
        {
            return BindingAddress.Parse(url).Port;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
