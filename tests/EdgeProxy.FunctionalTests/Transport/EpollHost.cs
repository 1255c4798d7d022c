using System.Net;
using EdgeProxy.TestKit;
using EdgeProxy.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.FunctionalTests.Transport;

/// <summary>Kestrel on the event loops, with a handler of the test's.</summary>
internal sealed class EpollHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EpollHost(WebApplication app, LogCapture logs) => (_app, Logs) = (app, logs);

    /// <summary>What the server logged.</summary>
    public LogCapture Logs { get; }

    /// <summary>The addresses in their order.</summary>
    public string[] Addresses => [.. _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses];

    /// <summary>The first address.</summary>
    public Uri Address => new(Addresses[0]);

    /// <summary>Starts one on a port of the loopback, or as it is configured.</summary>
    public static async Task<EpollHost> StartAsync(RequestDelegate handler, Action<KestrelServerOptions>? configure = null)
    {
        Assert.SkipUnless(Epoll.IsSupported, "This system has no epoll.");
        var logs = new LogCapture();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddTransport(socketsOnly: false);
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            if (configure is null)
            {
                kestrel.Listen(IPAddress.Loopback, 0);
            }
            else
            {
                configure(kestrel);
            }
        });
        var app = builder.Build();
        app.Run(async context =>
        {
            // The real thing: or these tests would test the framework's sockets.
            Assert.Equal("EpollConnection", context.Features.GetRequiredFeature<IConnectionSocketFeature>().GetType().Name);
            await handler(context);
        });
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new EpollHost(app, logs);
    }

    /// <summary>Stops in the time that requests are given.</summary>
    public Task StopAsync() => _app.StopAsync(CancellationToken.None).WaitAsync(Patience.Limit, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true)).WaitAsync(Patience.Limit, TimeProvider.System);
        await _app.DisposeAsync();
    }
}
