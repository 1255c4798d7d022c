using System.Net;
using System.Net.Sockets;
using EdgeProxy.Admin;
using EdgeProxy.Commands;
using EdgeProxy.Hosting;
using EdgeProxy.Tests.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Commands;

/// <summary>The health check of a container.</summary>
public sealed class HealthCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Health_IsWhatTheAdminListenerSaysOfReadiness()
    {
        await using var app = EdgeProxyHost.Create(_folder.Settings);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var settings = At(app.Services.GetRequiredService<AdminListener>().BoundTo!);

        var ready = await CheckAsync(settings);
        app.Lifetime.StopApplication();
        var draining = await CheckAsync(settings);
        await DrainService.DrainAsync(app);
        var gone = await CheckAsync(settings);

        Assert.Equal((0, 1, 1), (ready, draining, gone));
    }

    [Fact]
    public async Task Health_BeforeTheProxyHasStarted_IsBad()
    {
        int? code = null;
        await using var app = EdgeProxyHost.Create(_folder.Settings with
        {
            ConfigureServices = services => services
                .AddHostedService(provider => new WhileStarting(async () => code = await CheckAsync(At(provider.GetRequiredService<AdminListener>().BoundTo!))))
                .RemoveAll<ILoggerProvider>(),
        });
        await app.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        await DrainService.DrainAsync(app);
    }

    [Fact]
    public async Task Health_OfAListenerThatSaysNothing_IsBadWhenPatienceEnds()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        Assert.Equal(1, await CheckAsync(At(new Uri($"http://{silent.LocalEndpoint}"))));
    }

    private EdgeProxyHostSettings At(Uri admin) =>
        _folder.Settings with { Settings = new Dictionary<string, string?> { [AdminAddress.Key] = admin.ToString() } };

    private static Task<int> CheckAsync(EdgeProxyHostSettings settings) =>
        HealthCommand.CheckAsync(settings, TimeProvider.System, TestContext.Current.CancellationToken);

    private sealed class WhileStarting(Func<Task> action) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => action();

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
