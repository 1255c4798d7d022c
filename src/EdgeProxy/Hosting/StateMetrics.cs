using System.Diagnostics.Metrics;
using EdgeProxy.Configuration;
using EdgeProxy.Streaming;
using EdgeProxy.Telemetry;

namespace EdgeProxy.Hosting;

/// <summary>The instruments that are looked at when somebody asks, and cost nothing else: what runs now, what it holds, and which configuration is in use.</summary>
internal sealed class StateMetrics : IHostedService
{
    private readonly StreamRegistry _registry;
    private readonly EndpointDataSource _endpoints;

    /// <summary>Makes the instruments.</summary>
    public StateMetrics(IMeterFactory meters, StreamRegistry registry, EndpointDataSource endpoints, ConfigurationState configuration)
    {
        _registry = registry;
        _endpoints = endpoints;
        var meter = meters.Create(TelemetryNames.Source);
        meter.CreateObservableUpDownCounter("edgeproxy.streams.active", CountStreams, "{stream}", "Streams that are open now.");
        meter.CreateObservableUpDownCounter(
            "edgeproxy.buffers.rented", static () => CountedPool.Shared.Rented, "{buffer}", "Pooled buffers that unfinished events and recorded request bodies hold now.");
        meter.CreateObservableGauge(
            "edgeproxy.config.generation", () => configuration.Generation, "{configuration}", "Configurations applied since the start: 1 more with every reload.");
        meter.CreateObservableCounter(
            "edgeproxy.config.reload_failures", () => configuration.ReloadFailures, "{reload}", "Changed configurations that were refused.");
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>All routes in use, those without a stream too: a series that comes and goes makes bad graphs.</summary>
    private List<Measurement<long>> CountStreams()
    {
        var counts = new Dictionary<string, StreamCounts>(StringComparer.OrdinalIgnoreCase);
        foreach (var endpoint in _endpoints.Endpoints)
        {
            if (endpoint.Metadata.GetMetadata<StreamPolicy>() is { } policy)
            {
                counts[policy.RouteId] = new();
            }
        }

        _registry.CountByRoute(counts);
        var measurements = new List<Measurement<long>>(counts.Count * 3);
        foreach (var (route, count) in counts)
        {
            Add("queued", count.Queued);
            Add("waiting", count.Waiting);
            Add("streaming", count.Streaming);

            void Add(string state, int streams) =>
                measurements.Add(new(streams, new(TelemetryNames.Route, route), new(TelemetryNames.State, state)));
        }

        return measurements;
    }
}
