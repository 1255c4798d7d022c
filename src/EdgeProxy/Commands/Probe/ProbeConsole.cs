using System.Globalization;
using static EdgeProxy.Commands.Probe.Words;

namespace EdgeProxy.Commands.Probe;

/// <summary>Prints a probe for a person: each moment when it happens, what is waited for meanwhile, then the verdict.</summary>
/// <param name="output">The timeline and the verdict.</param>
/// <param name="progress">A terminal for a line that is rewritten; null where there is none.</param>
/// <param name="useColours">Whether the output is a terminal.</param>
internal sealed class ProbeConsole(TextWriter output, TextWriter? progress, bool useColours)
{
    private const string EraseLine = "\r\e[K";
    private const int TextColumn = 25;

    private readonly Lock _lock = new();
    private bool _isProgressShown;

    /// <summary>Prints what is asked, and a blank line.</summary>
    public void Introduce(ProbeRequest request) =>
        Line($"{ServerText.Escape(request.EffectiveMethod)} {ServerText.Escape(request.ShownUrl)}, judged as {request.EffectiveDialect}{Environment.NewLine}");

    /// <summary>Prints a line of the timeline.</summary>
    public void Print(Moment moment)
    {
        var silence = moment.Silence is { } length ? $"after {Seconds(length)} of silence" : "";
        var separator = silence.Length > 0 && moment.Text.Length > 0 ? ", " : "";
        var colour = moment.Kind switch
        {
            MomentKind.KeepAlive or MomentKind.Gap => "2",
            MomentKind.Error or MomentKind.AfterDone => "31",
            _ => null,
        };
        Line(Paint(string.Create(CultureInfo.InvariantCulture, $"{moment.At.TotalSeconds,9:0.000} s  {Moment.Name(moment.Kind),-11}  {moment.Text}{separator}{silence}").TrimEnd(), colour));
        foreach (var (name, value) in moment.Head?.Headers ?? [])
        {
            Line($"{new string(' ', TextColumn)}{name}: {value}");
        }
    }

    /// <summary>Shows what is waited for, in the place of what was shown before.</summary>
    public void ShowProgress(string text)
    {
        lock (_lock)
        {
            progress?.Write($"{EraseLine}  … {text}");
            progress?.Flush();
            _isProgressShown = progress is not null;
        }
    }

    /// <summary>Prints the end of the report.</summary>
    public void Conclude(ProbeReport report, Verdict verdict, IEnumerable<string> advice)
    {
        Line("");
        if (report.Head is not null)
        {
            var counts = $"{Count(report.Events, "event")}, {Count(report.KeepAlives, "keep-alive")}, {Count(report.Bytes, "byte")} in {Seconds(report.EndAt)}";
            Line($"{counts}; longest silence {Seconds(report.LongestSilence.Length)}, longest wait for an event {Seconds(report.LongestEventGap.Length)}");
        }

        Line(Paint($"{(verdict.IsClean ? "✓ clean" : $"✗ {verdict.Code}")}: {verdict.Text}", verdict.IsClean ? "32" : "31"));
        foreach (var sentence in advice)
        {
            Line($"  {sentence}");
        }
    }

    private void Line(string text)
    {
        lock (_lock)
        {
            if (_isProgressShown)
            {
                progress?.Write(EraseLine);
                progress?.Flush();
                _isProgressShown = false;
            }

            output.WriteLine(text);
        }
    }

    private string Paint(string text, string? colour) => useColours && colour is not null ? $"\e[{colour}m{text}\e[0m" : text;
}
