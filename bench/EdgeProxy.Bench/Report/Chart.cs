using System.Globalization;
using System.Net;
using System.Text;

namespace EdgeProxy.Bench.Report;

/// <summary>An axis: what it shows, and whether equal steps are equal factors.</summary>
internal sealed record Axis(string Title, bool IsLog);

/// <summary>A line of a chart; its points run from left to right.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A line chart as SVG, small and without any part from elsewhere; its colours follow the reader's light or dark scheme.</summary>
internal sealed class Chart(string title, Axis x, Axis y, IReadOnlyList<Series> series)
{
    private const double Width = 720;
    private const double Height = 400;
    private const double Left = 78;
    private const double Right = 24;
    private const double Top = 76;
    private const double Bottom = 54;

    private const string Style = """
        <style>
        .b{fill:#fff}.t{fill:#1f2328}.m{fill:#59636e}.g{stroke:#d1d9e0}
        .s0{--c:#0969da}.s1{--c:#bc4c00}.s2{--c:#1a7f37}.s3{--c:#8250df}
        .l{fill:none;stroke:var(--c);stroke-width:2.5}.p{fill:var(--c)}
        text{font:13px system-ui,sans-serif}.h{font-size:16px;font-weight:600}
        @media (prefers-color-scheme:dark){.b{fill:#0d1117}.t{fill:#f0f6fc}.m{fill:#9198a1}.g{stroke:#3d444d}
        .s0{--c:#4493f8}.s1{--c:#f0883e}.s2{--c:#3fb950}.s3{--c:#ab7df8}}
        </style>

        """;

    private static readonly string[] Dashes = ["", "7 4", "2 4", "10 4 2 4"];

    /// <summary>The picture's text.</summary>
    public string Draw()
    {
        var points = series.SelectMany(line => line.Points).ToList();
        var across = Scale.Of(x, points.Select(point => point.X), Left, Width - Right);
        var up = Scale.Of(y, points.Select(point => point.Y), Height - Bottom, Top);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(title)}\">\n");
        svg.Append(Style);
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"b\" width=\"{Width}\" height=\"{Height}\" rx=\"6\"/>\n<text class=\"t h\" x=\"{Left}\" y=\"28\">{Text(title)}</text>\n");
        DrawAxes(svg, across, up);
        for (var index = 0; index < series.Count; index++)
        {
            DrawSeries(svg, index, across, up);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private void DrawAxes(StringBuilder svg, Scale across, Scale up)
    {
        foreach (var tick in up.Ticks)
        {
            var at = up.At(tick);
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"g\" d=\"M{Left} {at:0.#}H{Width - Right}\"/><text class=\"m\" x=\"{Left - 8}\" y=\"{at + 4:0.#}\" text-anchor=\"end\">{Label(tick)}</text>\n");
        }

        foreach (var tick in across.Ticks)
        {
            var at = across.At(tick);
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"g\" d=\"M{at:0.#} {Height - Bottom}v5\"/><text class=\"m\" x=\"{at:0.#}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\">{Label(tick)}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"m\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">{Text(x.Title)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"m\" transform=\"translate(18 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{Text(y.Title)}</text>\n");
    }

    private void DrawSeries(StringBuilder svg, int index, Scale across, Scale up)
    {
        const double LegendStep = 150;
        var line = series[index];
        var legend = Left + (index * LegendStep);
        var dash = Dashes[index % Dashes.Length] is { Length: > 0 } pattern ? $" stroke-dasharray=\"{pattern}\"" : "";
        svg.Append(CultureInfo.InvariantCulture, $"<g class=\"s{index % Dashes.Length}\"><path class=\"l\"{dash} d=\"M{legend} 50h28\"/><text class=\"t\" x=\"{legend + 36}\" y=\"54\">{Text(line.Name)}</text>");
        if (line.Points.Count > 0)
        {
            var path = string.Join('L', line.Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{across.At(point.X):0.#} {up.At(point.Y):0.#}")));
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"l\"{dash} d=\"M{path}\"/>");
        }

        foreach (var point in line.Points)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"p\" cx=\"{across.At(point.X):0.#}\" cy=\"{up.At(point.Y):0.#}\" r=\"4\"><title>{Label(point.X)}: {Number.Of(point.Y, point.Y < 100 ? 1 : 0)}</title></circle>");
        }

        svg.Append("</g>\n");
    }

    private static string Label(double value) => value switch
    {
        >= 1_000_000 => (value / 1_000_000).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        >= 10_000 => (value / 1_000).ToString("0.##", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString("#,0.###", CultureInfo.InvariantCulture),
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
