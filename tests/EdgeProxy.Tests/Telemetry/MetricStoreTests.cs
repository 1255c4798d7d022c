using System.Diagnostics.Metrics;
using EdgeProxy.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeProxy.Tests.Telemetry;

public sealed class MetricStoreTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly IMeterFactory _meters;
    private readonly Meter _meter;
    private readonly MetricStore _store;

    public MetricStoreTests()
    {
        _meters = _services.GetRequiredService<IMeterFactory>();
        _meter = _meters.Create(TelemetryNames.Source);
        _store = new MetricStore(_meters);
        _store.StartAsync(CancellationToken.None);
    }

    /// <summary>(name, unit, kind) and the name in Prometheus' spelling.</summary>
    public static TheoryData<string, string?, string, string> Names => new()
    {
        { "edgeproxy.streams", "{stream}", "Counter", "edgeproxy_streams_total" },
        { "edgeproxy.streams.active", "{stream}", "Gauge", "edgeproxy_streams_active" },
        { "edgeproxy.stream.duration", "s", "Histogram", "edgeproxy_stream_duration_seconds" },
        { "edgeproxy.bytes", "By", "Counter", "edgeproxy_bytes_total" },
        { "dotnet.process.memory.working_set", "By", "Gauge", "dotnet_process_memory_working_set_bytes" },
        { "dotnet.timer.count", "{timer}", "Gauge", "dotnet_timer" },
        { "a.total", null, "Counter", "a_total" },
        { "a-b/c", "1", "Gauge", "a_b_c_ratio" },
        { "1st", null, "Gauge", "_1st" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Name_IsSpeltAsOpenTelemetryMapsIt(string name, string? unit, string kind, string expected) =>
        Assert.Equal(expected, PrometheusText.NameOf(name, unit, Enum.Parse<MetricKind>(kind)));

    [Fact]
    public void Counter_AddsUp_BySeries_InWhateverOrderTheTagsCome()
    {
        var counter = _meter.CreateCounter<long>("edgeproxy.test.things", "{thing}", "Things,\nand \\ more.");
        counter.Add(1, new("b", 2), new("a", "x"));
        counter.Add(2, new("a", "x"), new KeyValuePair<string, object?>("b", 2));
        counter.Add(5, new KeyValuePair<string, object?>("a", true));
        counter.Add(7);

        Assert.Equal(
            "# HELP edgeproxy_test_things_total Things,\\nand \\\\ more.\n# TYPE edgeproxy_test_things_total counter\n"
            + "edgeproxy_test_things_total 7\nedgeproxy_test_things_total{a=\"true\"} 5\nedgeproxy_test_things_total{a=\"x\",b=\"2\"} 3\n",
            Written());
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\"b", "a\\\"b")]
    [InlineData("a\\b", "a\\\\b")]
    [InlineData("a\nb", "a\\nb")]
    [InlineData("\\\"\n", "\\\\\\\"\\n")]
    [InlineData("", "")]
    [InlineData("ünï ☃", "ünï ☃")]
    public void LabelValue_IsEscaped(string value, string expected) =>
        Assert.Equal($"a_b=\"{expected}\"", PrometheusText.Labels([new("a.b", value)]));

    [Fact]
    public void Histogram_IsCumulative_WithTheInstrumentsOwnBuckets()
    {
        var histogram = _meter.CreateHistogram("edgeproxy.test.time", "s", "Time.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 2] });
        foreach (var value in (double[])[0.25, 0.5, 1, 100])
        {
            histogram.Record(value, new KeyValuePair<string, object?>("r", "x"));
        }

        Assert.EndsWith(
            "# TYPE edgeproxy_test_time_seconds histogram\n"
            + "edgeproxy_test_time_seconds_bucket{r=\"x\",le=\"0.5\"} 2\nedgeproxy_test_time_seconds_bucket{r=\"x\",le=\"2\"} 3\nedgeproxy_test_time_seconds_bucket{r=\"x\",le=\"+Inf\"} 4\n"
            + "edgeproxy_test_time_seconds_sum{r=\"x\"} 101.75\nedgeproxy_test_time_seconds_count{r=\"x\"} 4\n",
            Written(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void ObservableInstrument_IsAskedEachTime_AndASeriesItNoLongerTellsOfIsGone()
    {
        var values = new List<Measurement<long>> { new(3, new KeyValuePair<string, object?>("r", "x")), new(4, new KeyValuePair<string, object?>("r", "y")) };
        _meter.CreateObservableUpDownCounter("edgeproxy.test.now", () => values);

        Assert.EndsWith("edgeproxy_test_now{r=\"x\"} 3\nedgeproxy_test_now{r=\"y\"} 4\n", Written(), StringComparison.Ordinal);
        values = [new(2, new KeyValuePair<string, object?>("r", "y"))];
        Assert.EndsWith("gauge\nedgeproxy_test_now{r=\"y\"} 2\n", Written(), StringComparison.Ordinal);
    }

    [Fact]
    public void UpDownCounterAndGauge_AreGauges()
    {
        var upDown = _meter.CreateUpDownCounter<int>("edgeproxy.test.level");
        var gauge = _meter.CreateGauge<double>("edgeproxy.test.point");
        upDown.Add(5);
        upDown.Add(-2);
        gauge.Record(5);
        gauge.Record(2.5);

        Assert.Equal(
            "# HELP edgeproxy_test_level edgeproxy_test_level\n# TYPE edgeproxy_test_level gauge\nedgeproxy_test_level 3\n"
            + "# HELP edgeproxy_test_point edgeproxy_test_point\n# TYPE edgeproxy_test_point gauge\nedgeproxy_test_point 2.5\n",
            Written());
    }

    [Fact]
    public void SeriesPastTheLimit_AreAddedUpInOne()
    {
        var counter = _meter.CreateCounter<long>("edgeproxy.test.many");
        for (var i = 0; i < MetricFamily.MaxSeries + 50; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        counter.Add(1, new KeyValuePair<string, object?>("i", 7));

        var lines = Written().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(MetricFamily.MaxSeries + 1, lines.Count(static line => line[0] != '#'));
        Assert.Contains("edgeproxy_test_many_total{otel_metric_overflow=\"true\"} 50", lines);
        Assert.Contains("edgeproxy_test_many_total{i=\"7\"} 2", lines);
    }

    [Fact]
    public void MetersOfAnotherHost_AndUnknownOnes_AreNotHeard()
    {
        using var other = new ServiceCollection().AddMetrics().BuildServiceProvider();
        other.GetRequiredService<IMeterFactory>().Create(TelemetryNames.Source).CreateCounter<long>("edgeproxy.test.other").Add(1);
        _meters.Create("Something.Else").CreateCounter<long>("something").Add(1);

        Assert.Empty(Written());
    }

    [Fact]
    public async Task Recording_FromManyThreadsWhileItIsWritten_LosesNothing()
    {
        var counter = _meter.CreateCounter<long>("edgeproxy.test.busy");
        var recording = Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("i", (i + thread) % 10));
            }
        })).ToArray();
        while (!recording.All(static task => task.IsCompleted))
        {
            Written();
        }

        await Task.WhenAll(recording);
        Assert.Equal(20_000, Written().Split('\n').Where(static line => line.StartsWith("edgeproxy", StringComparison.Ordinal)).Sum(static line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>What is written, without what is told of the process as a whole.</summary>
    private string Written() =>
        string.Concat(_store.Write().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static line => line.Contains("edgeproxy_", StringComparison.Ordinal)).Select(static line => line + "\n"));

    public void Dispose()
    {
        _store.Dispose();
        _services.Dispose();
    }
}
