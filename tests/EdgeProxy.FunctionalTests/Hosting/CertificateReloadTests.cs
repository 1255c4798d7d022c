using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using EdgeProxy.Configuration;
using EdgeProxy.FunctionalTests.Configuration;
using EdgeProxy.TestKit;

namespace EdgeProxy.FunctionalTests.Hosting;

/// <summary>A certificate is renewed under the running proxy, in a Secret that is mounted as Kubernetes does it.</summary>
public sealed class CertificateReloadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edgeproxy-tls-").FullName;
    private readonly Mount _mount;

    public CertificateReloadTests() => _mount = new Mount(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task RenewedCertificate_IsShownToNewConnections_AndCutsNoStream()
    {
        var gate = new Gate();
        await using var backend = await ScriptedBackend.StartAsync(async exchange =>
        {
            await exchange.StreamAsync(Family.Chat.Event);
            await gate.WaitAsync();
            await exchange.WriteAsync(Family.Chat.Event + Family.Chat.Terminal);
        });
        await using var proxy = await StartAsync(backend, out var old);
        Assert.Equal([old.Thumbprint, old.IssuerThumbprint], await ShownAsync(proxy));
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=localhost" } });
        using var request = proxy.Post(ClientProtocol.Http2Tls, "/v1/chat/completions");
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Patience.Token());
        Assert.Equal(HttpVersion.Version20, answer.Version);

        var renewed = Renew(proxy);

        Assert.Equal(2, proxy.State().Generation);
        Assert.Equal([renewed.Thumbprint, renewed.IssuerThumbprint], await ShownAsync(proxy));
        var again = Renew(proxy);
        Assert.Equal([again.Thumbprint, again.IssuerThumbprint], await ShownAsync(proxy));
        gate.Open();
        Assert.EndsWith(Family.Chat.Event + Family.Chat.Event + Family.Chat.Terminal + Family.Done, await answer.Content.ReadAsStringAsync(Patience.Token()), StringComparison.Ordinal);
        Assert.DoesNotContain(proxy.Logs.Lines, static line => line.Message.Contains("Stopping the following endpoints", StringComparison.Ordinal));
        Assert.Empty(proxy.Logs.Errors);
    }

    [Fact]
    public async Task CertificateWithoutItsKey_IsRefused_TheOldOneIsStillShown_UntilTheKeyIsThere()
    {
        await using var backend = await ScriptedBackend.StartAsync();
        await using var proxy = await StartAsync(backend, out var old);
        var renewed = new IssuedCertificate();

        _mount.Update(("tls.crt", renewed.Pem), ("tls.key", old.KeyPem));
        Pass(proxy, LiveConfiguration.RefusalPatience);
        Pass(proxy, TimeSpan.FromSeconds(10));
        Assert.Equal((1, 1), (proxy.State().Generation, proxy.State().ReloadFailures));
        Assert.Equal("Kestrel", Assert.Single(proxy.State().LastRefusal!.Problems).Path);
        Assert.Equal(old.Thumbprint, (await ShownAsync(proxy))[0]);

        _mount.Update(("tls.crt", renewed.Pem), ("tls.key", renewed.KeyPem));
        Pass(proxy, LiveConfiguration.PollInterval);
        Assert.Equal((2, 1, null), (proxy.State().Generation, proxy.State().ReloadFailures, proxy.State().LastRefusal));
        Assert.Equal(renewed.Thumbprint, (await ShownAsync(proxy))[0]);
    }

    [Fact]
    public async Task OtherReload_LeavesTheEndpointsAndTheirCertificateAlone()
    {
        await using var backend = await ScriptedBackend.StartAsync();
        await using var proxy = await StartAsync(backend, out var old);

        proxy.Reload(Config(backend).Policy("Default", """{ "Detect": "Never" }"""));

        Assert.Equal(old.Thumbprint, (await ShownAsync(proxy))[0]);
        Assert.DoesNotContain(proxy.Logs.Lines, static line => line.Message.Contains("Stopping the following endpoints", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EndpointThatIsNew_ShowsItsCertificate_AndTheRenewedOneLater()
    {
        await using var backend = await ScriptedBackend.StartAsync();
        await using var proxy = await StartAsync(backend, out var first);
        var config = Config(backend);
        var address = new Uri($"https://127.0.0.1:{FreePort()}");
        var endpoint = config.Section("Kestrel", "Endpoints", "New");
        endpoint["Url"] = address.ToString();
        endpoint["Certificate"] = config.Section("Kestrel", "Endpoints", "C", "Certificate").DeepClone();

        proxy.Reload(config);
        Assert.Equal(first.Thumbprint, (await ShownAsync(address))[0]);
        var renewed = Renew(proxy);
        Assert.Equal(renewed.Thumbprint, (await ShownAsync(address))[0]);
        Assert.Equal(renewed.Thumbprint, (await ShownAsync(proxy))[0]);
    }

    /// <summary>
    /// Its watcher rebinds endpoints, and hangs for ever where a file changes while it begins to watch: two locks, taken in either order.
    /// The switch that turns it off counts only where it is set before any server is made, so in the process's own configuration.
    /// </summary>
    [Fact]
    public async Task KestrelItself_DoesNotWatchTheFiles()
    {
        await using var backend = await ScriptedBackend.StartAsync();
        var config = Config(backend);
        config.Section("Logging", "LogLevel")["Microsoft.AspNetCore.Server.Kestrel"] = "Trace";
        var certificate = new IssuedCertificate();
        _mount.Update(("tls.crt", certificate.Pem), ("tls.key", certificate.KeyPem));
        await using var proxy = await ProxyHost.StartManualAsync(config);

        Assert.DoesNotContain(proxy.Logs.Lines, static line => line.Category.EndsWith("CertificatePathWatcher", StringComparison.Ordinal));
        Assert.Contains("\"Microsoft.AspNetCore.Server.Kestrel.DisableCertificateFileWatching\": true", await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "edgeproxy.runtimeconfig.json"), Patience.Token()), StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Task<ProxyHost> StartAsync(ScriptedBackend backend, out IssuedCertificate certificate)
    {
        certificate = new IssuedCertificate();
        _mount.Update(("tls.crt", certificate.Pem), ("tls.key", certificate.KeyPem));
        return ProxyHost.StartManualAsync(Config(backend));
    }

    private ProxyConfig Config(ScriptedBackend backend)
    {
        var config = ProxyConfig.For(backend.Http1);
        var certificate = config.Section("Kestrel", "Endpoints", "C", "Certificate");
        certificate["Path"] = Path.Combine(_folder, "tls.crt");
        certificate["KeyPath"] = Path.Combine(_folder, "tls.key");
        return config;
    }

    private IssuedCertificate Renew(ProxyHost proxy)
    {
        var renewed = new IssuedCertificate();
        _mount.Update(("tls.crt", renewed.Pem), ("tls.key", renewed.KeyPem));
        Pass(proxy, LiveConfiguration.PollInterval);
        return renewed;
    }

    /// <summary>From the poll that sees a change.</summary>
    private static void Pass(ProxyHost proxy, TimeSpan time) => proxy.Clock.Advance(LiveConfiguration.PollInterval + time);

    /// <summary>The certificates that a new connection is shown, the server's own first.</summary>
    private static Task<string[]> ShownAsync(ProxyHost proxy) => ShownAsync(proxy.Https);

    /// <inheritdoc cref="ShownAsync(ProxyHost)"/>
    private static async Task<string[]> ShownAsync(Uri address)
    {
        string[] shown = [];
        using var tcp = await ConnectAsync(address);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                {
                    var others = chain!.ChainPolicy.ExtraStore.Select(static other => other.Thumbprint);
                    shown = [((X509Certificate2)certificate!).Thumbprint, .. others.Except([((X509Certificate2)certificate).Thumbprint])];
                    return certificate.Subject == "CN=localhost";
                },
            },
            Patience.Token());
        return shown;
    }

    /// <summary>A new endpoint is bound a moment after the reload.</summary>
    private static async Task<TcpClient> ConnectAsync(Uri address)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var tcp = new TcpClient();
            try
            {
                await tcp.ConnectAsync(address.Host, address.Port, Patience.Token());
                return tcp;
            }
            catch (SocketException) when (TimeProvider.System.GetElapsedTime(start) < Patience.Limit)
            {
                tcp.Dispose();
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }
}
