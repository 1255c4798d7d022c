namespace EdgeProxy.Commands;

/// <summary>Prints the demo, a timestamp on every line of a stream.</summary>
internal sealed class DemoConsole(TextWriter output, TimeProvider timeProvider, bool useColours)
{
    private const int MaxWidth = 150;

    private readonly Lock _outputLock = new();
    private long _start = timeProvider.GetTimestamp();

    /// <summary>Prints a heading; the clock of the lines below begins anew.</summary>
    public void Heading(string text)
    {
        Line("");
        Line(Paint(text, "1"));
        _start = timeProvider.GetTimestamp();
    }

    /// <summary>Prints a line of a stream.</summary>
    public void Stream(string who, string text)
    {
        var time = timeProvider.GetElapsedTime(_start).TotalSeconds;
        var shown = text.Length > MaxWidth ? string.Concat(text.AsSpan(0, MaxWidth), "…") : text;
        var colour = shown[0] switch { ':' => "2", '✗' => "31", '✓' => "32", _ => who == "EdgeProxy" ? "36" : "0" };
        Line(FormattableString.Invariant($"  {time,5:0.00} s  {who,-9} │ ") + Paint(shown, colour));
    }

    /// <summary>Prints a plain line.</summary>
    public void Line(string text)
    {
        lock (_outputLock)
        {
            output.WriteLine(text);
        }
    }

    private string Paint(string text, string colour) => useColours ? $"\e[{colour}m{text}\e[0m" : text;
}
