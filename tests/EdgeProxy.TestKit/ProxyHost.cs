using System.Net;
using System.Net.Security;
using System.Text;
using EdgeProxy.Admin;
using EdgeProxy.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace EdgeProxy.TestKit;

/// <summary>
/// The real proxy in this process, on three ports of the loopback: HTTP/1.1, HTTP/2 by prior knowledge, and TLS with ALPN.
/// Its configuration lies in a folder of its own, so that a test can change it under the running proxy.
/// </summary>
internal sealed class ProxyHost : IAsyncDisposable
{
    // The whole suite runs on both.
    private static readonly string Transport = Environment.GetEnvironmentVariable("EDGEPROXY_TEST_TRANSPORT") ?? "Auto";

    private readonly WebApplication _app;

    private ProxyHost(WebApplication app, string folder, LogCapture logs, ManualTimeProvider? clock)
    {
        _app = app;
        Folder = folder;
        Logs = logs;
        ManualClock = clock;
    }

    /// <summary>The folder of the configuration files.</summary>
    public string Folder { get; }

    /// <summary>What the proxy logged.</summary>
    public LogCapture Logs { get; }

    /// <summary>The clock, if the test moves it.</summary>
    public ManualTimeProvider? ManualClock { get; }

    /// <inheritdoc cref="ManualClock"/>
    public ManualTimeProvider Clock => ManualClock ?? throw new InvalidOperationException("This proxy runs on real time.");

    /// <summary>The proxy's services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>The address for HTTP/1.1.</summary>
    public Uri Http1 { get; private set; } = null!;

    /// <summary>The address for HTTP/2 without TLS.</summary>
    public Uri H2c { get; private set; } = null!;

    /// <summary>The address for TLS; HTTP/2 by ALPN.</summary>
    public Uri Https { get; private set; } = null!;

    /// <summary>The address of the admin listener.</summary>
    public Uri Admin { get; private set; } = null!;

    /// <summary>Starts a proxy on real time.</summary>
    public static Task<ProxyHost> StartAsync(ProxyConfig config) => StartAsync(config, clock: null);

    /// <summary>Starts a proxy whose clock the test moves.</summary>
    public static Task<ProxyHost> StartManualAsync(ProxyConfig config) => StartAsync(config, new ManualTimeProvider());

    /// <summary>Writes a configuration file into the proxy's folder; it is swapped in whole, as a careful operator does.</summary>
    public void WriteConfig(string text, string name = "proxy.json") => WriteFile(Folder, name, text);

    /// <summary>The address for a protocol.</summary>
    public Uri Address(ClientProtocol protocol) => protocol switch
    {
        ClientProtocol.Http1 => Http1,
        ClientProtocol.Http2Tls => Https,
        _ => H2c,
    };

    /// <summary>A client that speaks one protocol and nothing else, undoes no compression and follows no redirect.</summary>
    public HttpClient CreateClient(ClientProtocol protocol = ClientProtocol.Http1)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxConnectionsPerServer = int.MaxValue,
            EnableMultipleHttp2Connections = true,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, certificate, _, _) => TestCertificate.IsOurs(certificate) },
        };
        return new HttpClient(handler)
        {
            BaseAddress = Address(protocol),
            DefaultRequestVersion = protocol == ClientProtocol.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>A JSON POST for <see cref="CreateClient"/>, which <c>SendAsync</c> would otherwise send in a version of its own choice.</summary>
    public HttpRequestMessage Post(ClientProtocol protocol, string target, string body = """{"model":"m","stream":true}""") => new(HttpMethod.Post, new Uri(Address(protocol), target))
    {
        Content = new StringContent(body, Encoding.UTF8, "application/json"),
        Version = protocol == ClientProtocol.Http1 ? HttpVersion.Version11 : HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Tells the proxy to stop, as a signal does; completes when its last request has ended.</summary>
    public Task DrainAsync() => DrainService.DrainAsync(_app);

    /// <summary>Tells the proxy that it will stop, and does not stop it yet: the moment before the server closes its sockets.</summary>
    public void BeginStop() => _app.Lifetime.StopApplication();

    /// <summary>What a second signal does.</summary>
    public void EndNow() => Services.GetRequiredService<DrainService>().EndNow();

    /// <summary>A bare HTTP/1.1 connection.</summary>
    public Task<RawClient> ConnectAsync(int? receiveBufferBytes = null) => RawClient.ConnectAsync(Http1, receiveBufferBytes);

    public async ValueTask DisposeAsync()
    {
        if (_app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // A drain that the test left behind waits on the test's clock.
            EndNow();
            ManualClock?.Advance(DrainService.Margin);
        }

        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<ProxyHost> StartAsync(ProxyConfig config, ManualTimeProvider? clock)
    {
        var folder = Directory.CreateTempSubdirectory("edgeproxy-test-").FullName;
        WriteFile(folder, "a-server.json", ServerConfig(folder));
        WriteFile(folder, "proxy.json", config.ToString());
        var logs = new LogCapture();
        var app = EdgeProxyHost.Create(new EdgeProxyHostSettings
        {
            ConfigPaths = [folder],
            WorkingDirectory = folder,
            ReadEnvironment = false,
            Time = clock ?? TimeProvider.System,
            ConfigureServices = services =>
            {
                services.Remove(services.Single(static service => service.ImplementationType == typeof(ConsoleLoggerProvider)));
                services.AddLogging(logging => logging.AddProvider(logs));
            },
        });
        var host = new ProxyHost(app, folder, logs, clock);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Select(static address => new Uri(address)).ToArray();
        host.Http1 = addresses[0];
        host.H2c = addresses[1];
        host.Https = addresses[2];
        host.Admin = app.Services.GetRequiredService<AdminListener>().BoundTo!;
        return host;
    }

    private static string ServerConfig(string folder)
    {
        var certificate = Path.Combine(folder, "test.pfx");
        File.WriteAllBytes(certificate, TestCertificate.Pkcs12);
        return $$"""
            {
              "EdgeProxy": { "Admin": { "Url": "http://127.0.0.1:0" }, "Transport": "{{Transport}}" },
              "Kestrel": {
                "Endpoints": {
                  "A": { "Url": "http://127.0.0.1:0", "Protocols": "Http1" },
                  "B": { "Url": "http://127.0.0.1:0", "Protocols": "Http2" },
                  "C": { "Url": "https://127.0.0.1:0", "Protocols": "Http1AndHttp2", "Certificate": { "Path": "{{certificate}}" } }
                }
              }
            }
            """;
    }

    private static void WriteFile(string folder, string name, string text)
    {
        var temporary = Path.Combine(folder, name + ".new");
        File.WriteAllText(temporary, text);
        File.Move(temporary, Path.Combine(folder, name), overwrite: true);
    }
}
