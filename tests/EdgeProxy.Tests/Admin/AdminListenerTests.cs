using System.Net;
using System.Net.Sockets;
using EdgeProxy.Admin;
using EdgeProxy.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Admin;

/// <summary>An address that cannot be listened on.</summary>
public sealed class AdminListenerTests : IDisposable
{
    private readonly LogCapture _logs = new();
    private readonly LoggerFactory _loggers;
    private readonly TcpListener _taken = new(IPAddress.Loopback, 0);

    public AdminListenerTests()
    {
        _loggers = new LoggerFactory([_logs]);
        _taken.Start();
    }

    public void Dispose()
    {
        _taken.Dispose();
        _loggers.Dispose();
        _logs.Dispose();
    }

    [Fact]
    public async Task DefaultThatIsTaken_IsAWarningThatNamesTheOption()
    {
        await using var listener = Listener($"http://{_taken.LocalEndpoint}", isConfigured: false);

        await listener.StartAsync(TestContext.Current.CancellationToken);

        Assert.Null(listener.BoundTo);
        var warning = Assert.Single(_logs.Lines, static line => line.Event.Name == "AdminListenerTaken");
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains("EdgeProxy:Admin:Url", warning.Message, StringComparison.Ordinal);
        Assert.Contains("address already in use", warning.Message, StringComparison.Ordinal);
        await listener.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task ConfiguredAddressThatIsTaken_IsAnErrorThatNamesTheOption()
    {
        await using var listener = Listener($"http://{_taken.LocalEndpoint}", isConfigured: true);

        var failure = await Assert.ThrowsAsync<IOException>(() => listener.StartAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith("EdgeProxy:Admin:Url: Failed to bind to address", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:0")]
    [InlineData("http://192.0.2.1:9901")]
    public async Task AddressThatCannotBe_IsAnErrorThatNamesTheOption(string url)
    {
        await using var listener = Listener(url, isConfigured: true);

        var failure = await Assert.ThrowsAsync<IOException>(() => listener.StartAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith("EdgeProxy:Admin:Url: ", failure.Message, StringComparison.Ordinal);
    }

    private AdminListener Listener(string url, bool isConfigured) =>
        new(new AdminAddress(new Uri(url), isConfigured), new ConfigurationBuilder().Build(), [], _loggers, _loggers.CreateLogger<AdminListener>());
}
