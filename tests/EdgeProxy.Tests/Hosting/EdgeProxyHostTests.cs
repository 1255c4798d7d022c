using System.Net;
using System.Net.Http.Headers;
using EdgeProxy.Configuration;
using EdgeProxy.Hosting;
using EdgeProxy.Tests.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EdgeProxy.Tests.Hosting;

/// <summary>The web application that is built around the proxy.</summary>
public sealed class EdgeProxyHostTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, null, ServerSetup.DefaultUrl)]
    [InlineData("urls", "http://127.0.0.1:5", "http://127.0.0.1:5")]
    [InlineData("http_ports", "5", null)]
    [InlineData("https_ports", "5", null)]
    [InlineData("Kestrel:Endpoints:a:Url", "http://127.0.0.1:5", null)]
    public async Task Address_IsTheDefaultOnlyWhenNothingNamesOne(string? key, string? value, string? urls)
    {
        var settings = key is null ? [] : new Dictionary<string, string?> { [key] = value };
        if (key == "https_ports")
        {
            Assert.Contains("certificate", Assert.Single(EdgeProxyHost.Check(_folder.Settings with { Settings = settings }).Errors).Message, StringComparison.Ordinal);
            return;
        }

        await using var app = EdgeProxyHost.Create(_folder.Settings with { Settings = settings });

        Assert.Equal(urls, app.Configuration["urls"]);
    }

    [Theory]
    [InlineData("urls", "nonsense", "urls")]
    [InlineData("urls", "ftp://localhost:1", "urls")]
    [InlineData("urls", "http://localhost:1/path", "urls")]
    [InlineData("urls", "https://127.0.0.1:0", "Kestrel")]
    [InlineData("http_ports", "80;many", "http_ports")]
    [InlineData("Kestrel:Endpoints:a:Protocols", "Http1", "Kestrel")]
    [InlineData("Kestrel:Certificates:Default:Path", "no-such.pem", "Kestrel")]
    [InlineData("Kestrel:Limits:MaxConcurrentConnections", "-1", "Kestrel:Limits")]
    [InlineData("Kestrel:Limits:MaxConcurrentConections", "1", "Kestrel:Limits")]
    public void ServerSettingThatCannotBeUsed_IsAnError(string key, string value, string path)
    {
        var settings = new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0", [key] = value };

        var report = EdgeProxyHost.Check(_folder.Settings with { Settings = settings });

        Assert.Equal(path, Assert.Single(report.Errors).Path);
    }

    [Fact]
    public async Task ServerLimits_AreThoseOfAStreamingProxy_AndCanBeSet()
    {
        var settings = _folder.Settings;
        await using var app = EdgeProxyHost.Create(settings);
        await using var tuned = EdgeProxyHost.Create(settings with
        {
            Settings = new Dictionary<string, string?>(settings.Settings) { ["Kestrel:Limits:MaxConcurrentConnections"] = "7", ["Kestrel:Limits:Http2:MaxStreamsPerConnection"] = "8" },
        });

        var server = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;
        Assert.False(server.AddServerHeader);
        Assert.Null(server.Limits.MaxRequestBodySize);
        Assert.Equal(1000, server.Limits.Http2.MaxStreamsPerConnection);
        Assert.Equal(TimeSpan.FromSeconds(30), server.Limits.Http2.KeepAlivePingDelay);
        Assert.Equal(new KestrelServerLimits().MinResponseDataRate!.BytesPerSecond, server.Limits.MinResponseDataRate!.BytesPerSecond);
        var limits = tuned.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal((7, 8), (limits.MaxConcurrentConnections, limits.Http2.MaxStreamsPerConnection));
    }

    [Fact]
    public async Task DataRates_CanBeSet()
    {
        await using var app = EdgeProxyHost.Create(_folder.Settings with
        {
            Settings = new Dictionary<string, string?>(_folder.Settings.Settings)
            {
                ["Kestrel:Limits:MinResponseDataRate:BytesPerSecond"] = "1000",
                ["Kestrel:Limits:MinResponseDataRate:GracePeriod"] = "00:00:02",
                ["Kestrel:Limits:MinRequestBodyDataRate:BytesPerSecond"] = "50",
                ["Kestrel:Limits:MinRequestBodyDataRate:GracePeriod"] = "00:00:09",
            },
        });

        var limits = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Equal((1000, TimeSpan.FromSeconds(2)), (limits.MinResponseDataRate!.BytesPerSecond, limits.MinResponseDataRate.GracePeriod));
        Assert.Equal((50, TimeSpan.FromSeconds(9)), (limits.MinRequestBodyDataRate!.BytesPerSecond, limits.MinRequestBodyDataRate.GracePeriod));
    }

    [Theory]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error)]
    [InlineData("Yarp.ReverseProxy.Configuration.ConfigProvider", LogLevel.Warning)]
    [InlineData("Microsoft.AspNetCore.Routing", LogLevel.Warning)]
    [InlineData("EdgeProxy.Pipeline", LogLevel.Information)]
    public async Task LogLevels_AreQuietWhereYarpIsNot_AndCanBeSet(string category, LogLevel lowest)
    {
        var settings = _folder.Settings with { ConfigureServices = null };
        await using var app = EdgeProxyHost.Create(settings);
        await using var verbose = EdgeProxyHost.Create(settings with
        {
            Settings = new Dictionary<string, string?>(settings.Settings) { [$"Logging:LogLevel:{category}"] = "Trace" },
        });

        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);
        Assert.True(logger.IsEnabled(lowest));
        Assert.False(logger.IsEnabled(lowest - 1));
        Assert.True(verbose.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(LogLevel.Trace));
    }

    [Fact]
    public async Task Services_CanBeReplacedByTheCaller_TheClockToo()
    {
        var clock = new StoppedClock();
        await using var app = EdgeProxyHost.Create(_folder.Settings with { Time = clock, ConfigureServices = services => services.AddSingleton("extra") });

        Assert.Same(clock, app.Services.GetRequiredService<TimeProvider>());
        Assert.Equal("extra", app.Services.GetRequiredService<string>());
    }

    [Fact]
    public void InvalidConfiguration_StopsTheStart_WithWhatCheckSays()
    {
        _folder.Write("appsettings.json", """
            {
              "EdgeProxy": { "Drane": {} },
              "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/{" } } }, "Clusters": { "c": { "LoadBalancingPolicy": "Best" } } },
              "Logging": { "LogLevel": { "Default": "Loud" } }
            }
            """);

        var report = EdgeProxyHost.Check(_folder.Settings);
        var refusal = Assert.Throws<InvalidConfigurationException>(() => EdgeProxyHost.Create(_folder.Settings));

        Assert.Equal(5, report.Errors.Count);
        Assert.Equal(report.Errors, refusal.Report.Errors);
        Assert.Equal(report.Warnings, refusal.Report.Warnings);
        Assert.Equal(report.Errors.Count, refusal.Message.Split(Environment.NewLine).Length);
    }

    [Fact]
    public async Task RunningProxy_Forwards_TakesLargeBodies_AndTakesOverChangedFilesByItself()
    {
        await using var backend = await StartBackendAsync();
        _folder.Write("appsettings.json", Config(backend, "00:00:01"));
        await using var app = EdgeProxyHost.Create(_folder.Settings);
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = Patience };
        var changed = new TaskCompletionSource();
        app.Configuration.GetReloadToken().RegisterChangeCallback(_ => changed.TrySetResult(), null);

        using var body = new ByteArrayContent(new byte[40_000_000]);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await client.PostAsync("/echo", body, TestContext.Current.CancellationToken);
        _folder.Replace("appsettings.json", Config(backend, "00:00:02"));
        await changed.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("40000000", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.False(answer.Headers.Contains("Server"));
        Assert.Equal("00:00:02", app.Configuration["EdgeProxy:StreamPolicies:Default:Primer:After"]);
    }

    [Fact]
    public async Task RouteWithoutStreams_CanHaveYarpsTimeout()
    {
        await using var backend = await StartBackendAsync();
        _folder.Write("appsettings.json", Config(backend, "00:00:01", """, "Metadata": { "StreamPolicy": "Off" }, "Timeout": "00:00:00.300" """));
        await using var app = EdgeProxyHost.Create(_folder.Settings);
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = Patience };

        using var answer = await client.GetAsync(new Uri("/never", UriKind.Relative), TestContext.Current.CancellationToken);

        // YARP 2.1 takes its own timeout for a client that left (issue 3037).
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static async Task<WebApplication> StartBackendAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        app.MapPost("/echo", async (HttpContext context) =>
        {
            using var sink = new MemoryStream();
            await context.Request.Body.CopyToAsync(sink, context.RequestAborted);
            return sink.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
        });
        app.MapGet("/never", async (HttpContext context) => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await app.StartAsync();
        return app;
    }

    private static string Config(WebApplication backend, string primer, string routeMembers = "") => $$"""
        {
          "EdgeProxy": { "StreamPolicies": { "Default": { "Primer": { "After": "{{primer}}" } } } },
          "ReverseProxy": {
            "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/{**rest}" } {{routeMembers}} } },
            "Clusters": { "c": { "Destinations": { "d": { "Address": "{{backend.Urls.Single()}}" } } } }
          }
        }
        """;

    private sealed class StoppedClock : TimeProvider;
}
