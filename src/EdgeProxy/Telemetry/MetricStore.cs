using System.Diagnostics.Metrics;

namespace EdgeProxy.Telemetry;

/// <summary>
/// Adds up what a process's instruments record, since its start, for whoever comes and asks: the standing half of the Prometheus exporter that no
/// package of the feed gives (docs/decisions/012). Safe to use from any thread.
/// </summary>
/// <remarks>Of meters that belong to a host only this host's are heard: the admin listener, for one, has a Kestrel of its own.</remarks>
internal sealed class MetricStore : IHostedService, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Lock _collecting = new();
    private readonly Dictionary<string, MetricFamily> _families = [];
    private readonly MeterListener _listener = new();

    /// <summary>Makes the store; it listens from the host's start.</summary>
    /// <param name="meters">The factory of the host's own meters.</param>
    public MetricStore(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (OpenTelemetryHost.Meters.Contains(instrument.Meter.Name)
                && (instrument.Meter.Scope is null || instrument.Meter.Scope == meters)
                && MetricFamily.KindOf(instrument) is { } kind)
            {
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument, kind));
            }
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>Writes all there is in Prometheus' text format.</summary>
    public string Write()
    {
        // One at a time: what is looked at anew for one must not be added to the other's.
        lock (_collecting)
        {
            foreach (var family in Families())
            {
                family.BeginCollection();
            }

            _listener.RecordObservableInstruments();
            var text = new PrometheusText();
            foreach (var family in Families())
            {
                family.WriteTo(text);
            }

            return text.ToString();
        }
    }

    private MetricFamily[] Families()
    {
        lock (_lock)
        {
            return [.. _families.Values.OrderBy(static family => family.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>The family of an instrument; instruments that amount to the same name share one.</summary>
    private MetricFamily FamilyOf(Instrument instrument, MetricKind kind)
    {
        var name = PrometheusText.NameOf(instrument.Name, instrument.Unit, kind);
        lock (_lock)
        {
            if (!_families.TryGetValue(name, out var family))
            {
                family = new MetricFamily(name, instrument, kind);
                _families.Add(name, family);
            }

            return family;
        }
    }
}
