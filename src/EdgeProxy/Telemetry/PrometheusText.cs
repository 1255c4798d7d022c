using System.Globalization;
using System.Text;

namespace EdgeProxy.Telemetry;

/// <summary>
/// Prometheus' text exposition format 0.0.4, with names made as OpenTelemetry's specification says ("Prometheus and OpenMetrics Compatibility"):
/// dots become underscores, the unit and a counter's <c>_total</c> stand at the end.
/// </summary>
internal sealed class PrometheusText
{
    /// <summary>The media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>An instrument's name in Prometheus' spelling.</summary>
    public static string NameOf(string name, string? unit, MetricKind kind)
    {
        var plain = Identifier(name);
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "1" when kind == MetricKind.Gauge => "_ratio",
            _ => "",
        };
        if (!plain.EndsWith(suffix, StringComparison.Ordinal))
        {
            plain += suffix;
        }

        if (kind == MetricKind.Counter)
        {
            return plain.EndsWith("_total", StringComparison.Ordinal) ? plain : plain + "_total";
        }

        // These endings belong to histograms: dotnet.timer.count is a gauge.
        foreach (var reserved in (ReadOnlySpan<string>)["_count", "_sum", "_bucket", "_total"])
        {
            plain = plain.EndsWith(reserved, StringComparison.Ordinal) ? plain[..^reserved.Length] : plain;
        }

        return plain;
    }

    /// <summary>Tags as labels, in the order of their names: <c>a="1",b="2"</c>.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            labels[Identifier(key)] = value switch
            {
                bool flag => flag ? "true" : "false",
                _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
            };
        }

        return string.Join(',', labels.Select(static label => $"{label.Key}=\"{Escape(label.Value).Replace("\"", "\\\"", StringComparison.Ordinal)}\""));
    }

    /// <summary>What a metric means and of which type it is.</summary>
    public void Head(string name, string? help, MetricKind kind)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(Escape(string.IsNullOrEmpty(help) ? name : help)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        }).Append('\n');
    }

    /// <summary>One series' value.</summary>
    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>How many measurements of a histogram were no larger than <paramref name="bound"/>.</summary>
    public void Bucket(string name, string labels, double bound, long count) =>
        Sample(name + "_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{Number(bound)}\"", count);

    /// <summary>The text so far.</summary>
    public override string ToString() => _text.ToString();

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Identifier(string name)
    {
        var plain = string.Create(name.Length, name, static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
            {
                target[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
            }
        });
        return plain.Length == 0 || char.IsAsciiDigit(plain[0]) ? "_" + plain : plain;
    }
}
