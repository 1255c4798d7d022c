using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;

namespace EdgeProxy.Telemetry;

/// <summary>What Prometheus calls a metric's type.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>All series of one instrument. Their number is bounded: what has labels never seen before, past the limit, is added up in one series.</summary>
internal sealed class MetricFamily(string name, Instrument instrument, MetricKind kind)
{
    /// <summary>How many series there may be.</summary>
    public const int MaxSeries = 2000;

    /// <summary>The label of the series past the limit, as OpenTelemetry's SDKs call it.</summary>
    private static readonly KeyValuePair<string, object?>[] Overflow = [new("otel.metric.overflow", true)];

    private static readonly IReadOnlyList<double> DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly Lock _lock = new();
    private readonly Dictionary<KeyValuePair<string, object?>[], Series> _byTags = new(TagComparer.Instance);
    private readonly SortedDictionary<string, Series> _byLabels = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<double> _bounds = instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => bounds,
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(static bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(static bound => (double)bound)],
        _ => DefaultBounds,
    };

    // By reflection, and asked for every measurement: looked up once.
    private readonly bool _keepsLast = instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Gauge<>);

    /// <summary>The name without a histogram's suffixes.</summary>
    public string Name => name;

    /// <summary>What an instrument is to Prometheus; null for what it has no type for.</summary>
    public static MetricKind? KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        var kind = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        return kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>) ? MetricKind.Counter
            : kind == typeof(Histogram<>) ? MetricKind.Histogram
            : kind == typeof(UpDownCounter<>) || kind == typeof(ObservableUpDownCounter<>) || kind == typeof(ObservableGauge<>) || kind == typeof(Gauge<>) ? MetricKind.Gauge
            : null;
    }

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
        {
            var series = Find(tags);
            if (kind == MetricKind.Histogram)
            {
                series.Buckets ??= new long[_bounds.Count];
                series.Count++;
                series.Sum += value;
                var bucket = 0;
                while (bucket < _bounds.Count && value > _bounds[bucket])
                {
                    bucket++;
                }

                if (bucket < _bounds.Count)
                {
                    series.Buckets[bucket]++;
                }
            }
            else if (instrument.IsObservable)
            {
                // Two sets of tags may amount to the same labels only past the limit.
                series.Sum = series.IsFresh ? series.Sum + value : value;
                series.IsFresh = true;
            }
            else
            {
                series.Sum = _keepsLast ? value : series.Sum + value;
            }
        }
    }

    /// <summary>Before the observable instruments are asked: a series that they no longer tell of is gone.</summary>
    public void BeginCollection()
    {
        if (!instrument.IsObservable)
        {
            return;
        }

        lock (_lock)
        {
            _byTags.Clear();
            _byLabels.Clear();
        }
    }

    /// <summary>Writes the series.</summary>
    public void WriteTo(PrometheusText text)
    {
        lock (_lock)
        {
            if (_byLabels.Count == 0)
            {
                return;
            }

            text.Head(name, instrument.Description, kind);
            foreach (var (labels, series) in _byLabels)
            {
                if (kind != MetricKind.Histogram)
                {
                    text.Sample(name, labels, series.Sum);
                    continue;
                }

                long upTo = 0;
                for (var i = 0; i < _bounds.Count; i++)
                {
                    upTo += series.Buckets![i];
                    text.Bucket(name, labels, _bounds[i], upTo);
                }

                text.Bucket(name, labels, double.PositiveInfinity, series.Count);
                text.Sample(name + "_sum", labels, series.Sum);
                text.Sample(name + "_count", labels, series.Count);
            }
        }
    }

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (_byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>().TryGetValue(tags, out var series))
        {
            return series;
        }

        if (_byTags.Count >= MaxSeries)
        {
            tags = Overflow;
        }

        // The same tags in another order are the same series.
        var labels = PrometheusText.Labels(tags);
        if (!_byLabels.TryGetValue(labels, out series))
        {
            series = new Series();
            _byLabels.Add(labels, series);
        }

        if (_byTags.Count < MaxSeries)
        {
            _byTags.Add(tags.ToArray(), series);
        }

        return series;
    }

    private sealed class Series
    {
        public double Sum { get; set; }

        public long Count { get; set; }

        public long[]? Buckets { get; set; }

        public bool IsFresh { get; set; }
    }

    /// <summary>Tags by their content, looked up without a copy.</summary>
    private sealed class TagComparer : IEqualityComparer<KeyValuePair<string, object?>[]>, IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public static readonly TagComparer Instance = new();

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => Equals(x.AsSpan(), y!);

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
        {
            if (alternate.Length != other.Length)
            {
                return false;
            }

            for (var i = 0; i < other.Length; i++)
            {
                if (alternate[i].Key != other[i].Key || !Equals(alternate[i].Value, other[i].Value))
                {
                    return false;
                }
            }

            return true;
        }

        public int GetHashCode([DisallowNull] KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            // Every request comes by some ten times. The values are a few words of our own; one that meets another is told apart by Equals.
            var hash = alternate.Length;
            foreach (var tag in alternate)
            {
                hash = (hash * 31) + tag.Value switch
                {
                    string { Length: > 0 } text => (text.Length * 961) + (text[0] * 31) + text[^1] + text[text.Length / 2],
                    { } value => value.GetHashCode(),
                    null => 0,
                };
            }

            return hash;
        }
    }
}
