using EdgeProxy.Configuration;
using EdgeProxy.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Configuration;

/// <summary>A proxy that is built but not started: its files are polled when a test says so.</summary>
internal sealed class LiveProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly LogLines _log = new();

    public LiveProxy(EdgeProxyHostSettings settings) =>
        _app = EdgeProxyHost.Create(settings with { ConfigureServices = services => services.RemoveAll<ILoggerProvider>().AddSingleton<ILoggerProvider>(_log) });

    public ConfigurationState State => _app.Services.GetRequiredService<ConfigurationState>();

    /// <summary>The lines at level error.</summary>
    public IReadOnlyList<string> Errors => _log.Of(LogLevel.Error);

    public IReadOnlyList<string> Warnings => _log.Of(LogLevel.Warning);

    /// <summary>Looks at the files as often as the watcher must to take over a good change.</summary>
    public const int ToApply = 2;

    /// <summary>Looks at the files as often as the watcher must to refuse a bad change.</summary>
    public const int ToRefuse = 5;

    /// <summary>Looks at the files, unless told otherwise as often as any change needs to be judged.</summary>
    public void Poll(int times = ToRefuse)
    {
        for (var i = 0; i < times; i++)
        {
            _app.Services.GetRequiredService<LiveConfiguration>().Poll();
        }
    }

    /// <summary>The endpoint that a request on the route would get now.</summary>
    public Endpoint Endpoint(string route) =>
        ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).Single(endpoint => endpoint.DisplayName == route);

    public IEnumerable<string?> Routes => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints).Select(endpoint => endpoint.DisplayName);

    /// <summary>The stream policy of the route now.</summary>
    public StreamPolicy? Policy(string route) => Endpoint(route).Metadata.GetMetadata<StreamPolicy>();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        private readonly List<(LogLevel Level, string Text)> _lines = [];

        public IReadOnlyList<string> Of(LogLevel level)
        {
            lock (_lines)
            {
                return [.. _lines.Where(line => line.Level == level).Select(line => line.Text)];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add((logLevel, formatter(state, exception)));
            }
        }

        public void Dispose()
        {
        }
    }
}
