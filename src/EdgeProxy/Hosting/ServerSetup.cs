using System.Globalization;
using System.Text;
using EdgeProxy.Admin;
using EdgeProxy.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace EdgeProxy.Hosting;

/// <summary>
/// The server's own settings: the section <c>Kestrel</c> as everywhere in ASP.NET Core (endpoints, and certificates by <see cref="ServerCertificates"/>,
/// which reload, and <c>Limits</c>, read at start), and the addresses by <c>urls</c>, <c>http_ports</c> and <c>https_ports</c>.
/// </summary>
internal sealed class ServerSetup(IServiceProvider services, ServerCertificates certificates, IHostEnvironment environment) : IConfigurationRule
{
    /// <summary>Where the proxy listens when nothing says otherwise.</summary>
    public const string DefaultUrl = "http://localhost:8080";

    /// <summary>The keys that hold ports alone.</summary>
    public static readonly string[] PortKeys = ["http_ports", "https_ports"];

    private const string Section = "Kestrel";

    /// <summary>Whether the configuration says where to listen.</summary>
    public static bool HasAddress(IConfiguration configuration) =>
        PortKeys.Prepend("urls").Any(key => !string.IsNullOrWhiteSpace(configuration[key])) || HasEndpoints(configuration);

    /// <summary>The entries of a list that semicolons separate.</summary>
    public static string[] Split(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Sets up the server. <c>Limits</c> that cannot be used are left out: the validator reports them.</summary>
    public static void Apply(KestrelServerOptions options, IConfiguration configuration)
    {
        options.AddServerHeader = false;

        // The same bytes on both sides: see UpstreamHttpClient.
        options.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;

        // A route's MaxRequestBodySize rules; a prompt with images is easily more than Kestrel's 30 MB.
        options.Limits.MaxRequestBodySize = null;

        // A load balancer sends many streams over one connection, and they are long.
        options.Limits.Http2.MaxStreamsPerConnection = 1000;
        options.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        if (TryBindLimits(new KestrelServerLimits(), configuration) is null)
        {
            TryBindLimits(options.Limits, configuration);
        }

        var section = configuration.GetSection(Section);
        options.ApplicationServices.GetRequiredService<ServerCertificates>().Attach(options.Configure(section, reloadOnChange: true), section);
    }

    /// <inheritdoc/>
    public IEnumerable<string> FilesBeside(IConfiguration configuration) => ServerCertificates.FilesOf(configuration.GetSection(Section), environment.ContentRootPath);

    /// <inheritdoc/>
    public void Prepare(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        certificates.Read(section, services);
        if (services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.ConfigurationLoader is { } loader)
        {
            // Endpoints that are new.
            certificates.Attach(loader, section);
        }
    }

    /// <summary>Loads the section, certificates included, into a server that never runs.</summary>
    public void Check(IConfiguration configuration, ProblemList problems)
    {
        if (TryBindLimits(new KestrelServerLimits(), configuration) is { } reason)
        {
            problems.Error($"{Section}:Limits", reason);
        }

        var usesHttps = false;
        foreach (var url in Split(configuration["urls"]))
        {
            if (!IsBindable(url, out var isHttps))
            {
                problems.Error("urls", $"is '{url}'", "addresses such as http://localhost:8080 or http://*:8080, separated by semicolons");
            }

            usesHttps |= isHttps;
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

        usesHttps |= Split(configuration["urls"]).Length == 0 && Split(configuration["https_ports"]).Length > 0;
        var needsCertificate = (usesHttps && !HasEndpoints(configuration)) || AdminAddress.Read(configuration).Url.Scheme == Uri.UriSchemeHttps;
        CheckEndpoints(configuration, needsCertificate, problems);
    }

    private void CheckEndpoints(IConfiguration configuration, bool needsDefaultCertificate, ProblemList problems)
    {
        try
        {
            var scratch = new KestrelServerOptions { ApplicationServices = services };
            scratch.Configure(configuration.GetSection(Section)).Load();
            if (needsDefaultCertificate)
            {
                scratch.ListenAnyIP(0, endpoint => endpoint.UseHttps());
            }
        }
        catch (Exception failure)
        {
            problems.Error(Section, FirstLine(failure.Message));
        }
    }

    /// <summary>Lays the section's limits over those given.</summary>
    /// <returns>What is wrong with them, or null.</returns>
    private static string? TryBindLimits(KestrelServerLimits limits, IConfiguration configuration)
    {
        try
        {
            var section = configuration.GetSection($"{Section}:Limits");
            section.Bind(limits, binder => binder.ErrorOnUnknownConfiguration = true);

            // A data rate cannot be changed, only made anew, and the binder passes over a value that it cannot change.
            limits.MinResponseDataRate = section.GetSection(nameof(limits.MinResponseDataRate)).Get<MinDataRate>() ?? limits.MinResponseDataRate;
            limits.MinRequestBodyDataRate = section.GetSection(nameof(limits.MinRequestBodyDataRate)).Get<MinDataRate>() ?? limits.MinRequestBodyDataRate;
            return null;
        }
        catch (Exception failure)
        {
            return FirstLine((failure.InnerException is ArgumentOutOfRangeException inner ? inner : failure).Message);
        }
    }

    private static bool HasEndpoints(IConfiguration configuration) => configuration.GetSection($"{Section}:Endpoints").GetChildren().Any();

    private static string FirstLine(string message) => message.ReplaceLineEndings("\n").Split('\n')[0];

    private static bool IsBindable(string url, out bool isHttps)
    {
        isHttps = false;
        try
        {
            var address = BindingAddress.Parse(url);
            isHttps = address.Scheme == "https";
            return address is { Scheme: "http" or "https", PathBase.Length: 0 };
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
