using System.Globalization;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Provider;

/// <summary>One EdgeProxy in front of one provider, for all the tests with clients. A request's first path segment is its policy.</summary>
public sealed class EdgeFixture : IAsyncLifetime
{
    /// <summary>Commits after 300 ms and keeps the stream alive every 100 ms.</summary>
    internal const string Guarded = "guarded";

    /// <summary>The same, and takes 500 ms of silence between events for a stall.</summary>
    internal const string Impatient = "impatient";

    /// <summary>The same, with <c>Errors.FinishChunk</c>.</summary>
    internal const string FinishChunk = "finish-chunk";

    /// <summary>Commits so late that the provider's own status always goes out.</summary>
    internal const string Patient = "patient";

    private const string Early = """ "Primer": { "After": "00:00:00.300" }, "KeepAlive": { "Interval": "00:00:00.100" }, "Attempts": { "Max": 1 } """;

    private FakeProvider _provider = null!;
    private ProxyHost _proxy = null!;
    private int _lastId;

    /// <summary>EdgeProxy's address.</summary>
    internal Uri Address => _proxy.Http1;

    /// <summary>An id for the requests of one test.</summary>
    internal string NewId() => Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture);

    /// <summary>How many requests of an id reached the provider.</summary>
    internal int Requests(string id) => _provider.Requests(id);

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync(wait: TimeSpan.FromSeconds(1));
        var config = new ProxyConfig()
            .Cluster("provider", _provider.Address)
            .Policy(Guarded, $"{{ {Early} }}")
            .Policy(Impatient, $$"""{ {{Early}}, "Timeouts": { "Idle": "00:00:00.500" } }""")
            .Policy(FinishChunk, $$"""{ {{Early}}, "Errors": { "FinishChunk": true } }""")
            .Policy(Patient, """{ "Primer": { "After": "00:01:00" }, "Attempts": { "Max": 1 } }""");
        foreach (var policy in new[] { Guarded, Impatient, FinishChunk, Patient })
        {
            config.Route(policy, "provider", $"/{policy}/{{**rest}}", policy);
        }

        _proxy = await ProxyHost.StartAsync(config);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _provider.DisposeAsync();
    }
}
