using System.Net.Sockets;

namespace EdgeProxy.Admin;

/// <summary>
/// A small server of its own beside the proxy: nothing of it can be reached through the proxy's addresses, nothing of the proxy
/// through its, and it answers before the proxy listens and after it has stopped listening. As the first service of the host it
/// starts first and stops last.
/// </summary>
internal sealed partial class AdminListener(
    AdminAddress address,
    IConfiguration configuration,
    IEnumerable<IAdminEndpoints> endpoints,
    ILoggerFactory loggers,
    ILogger<AdminListener> logger) : IHostedService, IAsyncDisposable
{
    /// <summary>How long a request may go on when the listener stops. The proxy is gone by then.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(1);

    private WebApplication? _app;

    /// <summary>Where it listens; null if it does not.</summary>
    public Uri? BoundTo { get; private set; }

    /// <summary>Starts listening. The default address may be taken: several proxies on one machine have only one, and do not need it.</summary>
    /// <exception cref="IOException">An address that was asked for cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var app = Build();
        try
        {
            await app.StartAsync(cancellationToken);
            BoundTo = new Uri(app.Urls.First());
            _app = app;
        }
        catch (Exception failure)
        {
            await app.DisposeAsync();
            if (failure is not (IOException or SocketException or InvalidOperationException))
            {
                throw;
            }

            var reason = failure.Message.ReplaceLineEndings(" ");
            if (address.IsConfigured)
            {
                throw new IOException($"{AdminAddress.Key}: {reason}", failure);
            }

            LogTaken(AdminAddress.Key, reason);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());

        // Of the proxy's configuration it needs the certificates alone, for an address with https.
        const string Certificates = "Kestrel:Certificates";
        builder.Configuration.AddInMemoryCollection(configuration.GetSection(Certificates).AsEnumerable());
        builder.WebHost.UseUrls(address.Binding).UseKestrel(static (context, options) =>
        {
            options.AddServerHeader = false;
            options.Configure(context.Configuration.GetSection("Kestrel"));
        });
        builder.Services.AddRouting();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = StopLimit);

        var app = builder.Build();
        if (address.IsLoopback)
        {
            app.UseHostCheck();
        }

        foreach (var served in endpoints)
        {
            served.Map(app);
        }

        return app;
    }

    [LoggerMessage(1, LogLevel.Warning, "The proxy runs without an admin listener; {Option} can name another address for it. {Reason}", EventName = "AdminListenerTaken")]
    private partial void LogTaken(string option, string reason);

    /// <summary>The signals that end the process are the proxy's.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
