using System.Globalization;
using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Report;

/// <summary>The tables and pictures of growth studies.</summary>
internal sealed class GrowthReport(IReadOnlyList<GrowthStudy> studies, IReadOnlyList<ProxyRow> proxies, Summary summary)
{
    /// <summary>Writes each study's picture, caption and table.</summary>
    /// <param name="output">Where the Markdown goes.</param>
    /// <param name="pictures">The folder of the pictures; null draws none.</param>
    public void Write(TextWriter output, string? pictures)
    {
        foreach (var study in studies)
        {
            output.Write($"### {study.Title}\n\n");
            if (pictures is not null)
            {
                File.WriteAllText(Path.Combine(pictures, study.Name + ".svg"), ChartOf(study).Draw());
                output.Write($"![{study.Title}]({Path.GetFileName(pictures)}/{study.Name}.svg)\n\n");
            }

            output.Write($"{study.Caption}\n\n{TableOf(study)}\n");
        }
    }

    // EdgeProxy comes first, and so has the line that stands out.
    private Chart ChartOf(GrowthStudy study) => new(
        study.Title,
        study.X,
        study.Y,
        [.. proxies.Where(proxy => proxy.Found.Missing is null).OrderByDescending(proxy => proxy.Name == ProxyCatalog.EdgeProxy).Select(proxy => new Series(ProxyCatalog.Title(proxy.Name).Trim('*'), [.. PointsOf(study, proxy.Name)]))]);

    private IEnumerable<(double X, double Y)> PointsOf(GrowthStudy study, string proxy)
    {
        foreach (var point in study.Points)
        {
            if (summary.Of(point.Scenario.Name, proxy, study.Metrics[0]) is { } spread)
            {
                yield return (point.X, spread.Median);
            }
        }
    }

    private Table TableOf(GrowthStudy study)
    {
        var table = new Table([study.X.Title, "proxy", .. study.Metrics.Select(metric => metric.Name), "note"]) { TextColumns = { 1, study.Metrics.Count + 2 } };
        foreach (var point in study.Points)
        {
            foreach (var proxy in proxies)
            {
                table.Add([
                    point.X.ToString("N0", CultureInfo.InvariantCulture),
                    ProxyCatalog.Title(proxy.Name),
                    .. study.Metrics.Select(metric => Number.Of(summary.Of(point.Scenario.Name, proxy.Name, metric), metric.Decimals)),
                    proxy.Found.Missing ?? string.Join("; ", summary.Notes(point.Scenario.Name, proxy.Name)).Replace('|', '/')]);
            }
        }

        return table;
    }
}
