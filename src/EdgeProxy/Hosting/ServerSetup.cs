using System.Globalization;
using EdgeProxy.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EdgeProxy.Hosting;

/// <summary>
/// The server's own settings: the section <c>Kestrel</c> as everywhere in ASP.NET Core (endpoints and certificates, which
/// reload, and <c>Limits</c>, read at start), and the addresses by <c>urls</c>, <c>http_ports</c> and <c>https_ports</c>.
/// </summary>
internal sealed class ServerSetup(IServiceProvider services) : IConfigurationRule
{
    /// <summary>Where the proxy listens when nothing says otherwise.</summary>
    public const string DefaultUrl = "http://localhost:8080";

    private const string Section = "Kestrel";

    private static readonly string[] PortKeys = ["http_ports", "https_ports"];

    /// <summary>Whether the configuration says where to listen.</summary>
    public static bool HasAddress(IConfiguration configuration) =>
        PortKeys.Prepend("urls").Any(key => !string.IsNullOrWhiteSpace(configuration[key]))
        || configuration.GetSection($"{Section}:Endpoints").GetChildren().Any();

    /// <summary>Applies EdgeProxy's defaults and then the configuration.</summary>
    public static void Apply(KestrelServerOptions options, IConfiguration configuration, bool reloadOnChange)
    {
        options.AddServerHeader = false;

        // A route's MaxRequestBodySize rules; a prompt with images is easily more than Kestrel's 30 MB.
        options.Limits.MaxRequestBodySize = null;

        // A load balancer sends many streams over one connection, and they are long.
        options.Limits.Http2.MaxStreamsPerConnection = 1000;
        options.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        configuration.GetSection($"{Section}:Limits").Bind(options.Limits);
        options.Configure(configuration.GetSection(Section), reloadOnChange);
    }

    /// <summary>Loads the section, certificates included, into a server that never runs.</summary>
    public void Check(IConfiguration configuration, ProblemList problems)
    {
        try
        {
            var scratch = new KestrelServerOptions { ApplicationServices = services };
            Apply(scratch, configuration, reloadOnChange: false);
            scratch.ConfigurationLoader!.Load();
        }
        catch (Exception failure)
        {
            problems.Error(Section, failure.Message);
        }

        foreach (var url in Split(configuration["urls"]))
        {
            if (!IsBindable(url))
            {
                problems.Error("urls", $"is '{url}'", "addresses such as http://localhost:8080 or http://*:8080, separated by semicolons");
            }
        }

        foreach (var key in PortKeys)
        {
            foreach (var port in Split(configuration[key]))
            {
                if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                {
                    problems.Error(key, $"is '{port}'", "port numbers from 0 to 65535, separated by semicolons");
                }
            }
        }
    }

    private static string[] Split(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static bool IsBindable(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { Scheme: "http" or "https", PathBase.Length: 0 };
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
