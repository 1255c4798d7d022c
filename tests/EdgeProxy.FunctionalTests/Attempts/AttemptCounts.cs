using System.Diagnostics.Metrics;
using EdgeProxy.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.FunctionalTests.Attempts;

/// <summary>What one proxy counts under <c>edgeproxy.attempts</c>: route, cluster, outcome and what followed.</summary>
internal sealed class AttemptCounts : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<string> _seen = [];
    private readonly MeterListener _listener = new();

    public AttemptCounts(ProxyHost proxy)
    {
        var own = proxy.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "edgeproxy.attempts" && instrument.Meter.Scope == own)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            lock (_lock)
            {
                var values = tags.ToArray().ToDictionary(static tag => tag.Key, static tag => $"{tag.Value}");
                _seen.AddRange(Enumerable.Repeat($"{values["edgeproxy.route"]} {values["edgeproxy.cluster"]} {values["edgeproxy.outcome"]} {values["edgeproxy.next"]}", (int)count));
            }
        });
        _listener.Start();
    }

    public IReadOnlyList<string> Seen
    {
        get
        {
            lock (_lock)
            {
                return [.. _seen];
            }
        }
    }

    public void Dispose() => _listener.Dispose();
}
