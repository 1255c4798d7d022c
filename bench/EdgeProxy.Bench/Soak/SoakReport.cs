using System.Globalization;
using System.Text;

namespace EdgeProxy.Bench.Soak;

/// <summary>A soak in Markdown.</summary>
internal static class SoakReport
{
    /// <summary>Writes it.</summary>
    public static string Write(SoakResult result)
    {
        var text = new StringBuilder();
        Line($"{result.Settings.Streams} streams for {result.Settings.Duration.TotalMinutes:0.#} minutes, after {result.Settings.WarmUp.TotalSeconds:0} s of the same to warm up; seed {result.Settings.Seed}.");
        Line($"Start and end are at rest; before each look a full collection is asked for on the runtime's diagnostics socket.");
        Line($"");
        Line($"| | cold | start | peak | end | may be | |");
        Line($"|---|---:|---:|---:|---:|---|---|");
        foreach (var figure in SoakFigure.All.Concat(SoakFigure.Shown))
        {
            var peak = result.Samples.MaxBy(figure.Of) ?? result.Start;
            Line($"| {figure.Name} | {figure.Text(result.Cold)} | {figure.Text(result.Start)} | {figure.Text(peak)} | {figure.Text(result.End)} | {figure.Tolerance} | {(figure.HasReturned(result.Start, result.End) ? "ok" : "**no**")} |");
        }

        WriteSeries();
        WriteOutcomes();
        var faults = result.Faults.ToList();
        foreach (var example in result.Tally.Examples.Concat(result.Complaints.Take(20)))
        {
            Line($"- `{example}`");
        }

        Line($"");
        Line($"{result.Tally.Ended} exchanges, {result.Tally.Violations} violations; the proxy ended with {result.ExitCode?.ToString(CultureInfo.InvariantCulture) ?? "a kill"} on SIGTERM.");
        Line($"Verdict: {(faults.Count == 0 ? "everything returned to where it began" : "**failed**: " + string.Join("; ", faults))}.");
        return text.ToString();

        void WriteSeries()
        {
            Line($"");
            Line($"| minute | {string.Join(" | ", SoakFigure.All.Select(static figure => figure.Name))} | collections (gen 0, 1, 2) |");
            Line($"|---:|{string.Concat(Enumerable.Repeat("---:|", SoakFigure.All.Count))}---:|");
            foreach (var minute in result.Samples.GroupBy(sample => (int)(sample.At - result.Start.At).TotalMinutes))
            {
                var sample = minute.Last();
                Line($"| {minute.Key + 1} | {string.Join(" | ", SoakFigure.All.Select(figure => figure.Text(sample)))} | {sample.Collections.Gen0}, {sample.Collections.Gen1}, {sample.Collections.Gen2} |");
            }
        }

        void WriteOutcomes()
        {
            Line($"");
            Line($"| exchange | what became of it |");
            Line($"|---|---|");
            foreach (var kind in result.Tally.Counts.GroupBy(static count => count.Kind))
            {
                Line($"| {kind.Key} | {string.Join(", ", kind.Select(static count => $"{count.Count} {count.Outcome}"))} |");
            }

            Line($"");
        }

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
