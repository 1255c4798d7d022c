using System.Text;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

/// <summary>A line of a stream; the value is Latin-1, a character a byte.</summary>
internal readonly record struct SseTextLine(SseField Field, string Value);

/// <summary>
/// WHATWG HTML 9.2.5 and 9.2.6 word by word over a whole stream: slow, without state, and so short that it can be checked by
/// reading it. It says what the scanner must hold after exactly these bytes.
/// </summary>
internal sealed class SseReference
{
    public SseReference(ReadOnlySpan<byte> stream)
    {
        var text = Encoding.Latin1.GetString(stream);
        EndsWithCr = text.EndsWith('\r');
        FindLineEnding(text);
        const string Mark = "\u00EF\u00BB\u00BF";
        var isPartOfMark = text.Length > 0 && text.Length < Mark.Length && Mark.StartsWith(text, StringComparison.Ordinal);
        text = text.StartsWith(Mark, StringComparison.Ordinal) ? text[Mark.Length..] : text;

        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        var hasFields = false;
        var hasData = false;
        foreach (var line in lines[..^1])
        {
            var parsed = Parse(line);
            Lines.Add(parsed);
            SawId |= parsed.Field == SseField.Id;
            Events += parsed.Field == SseField.Blank && hasData ? 1 : 0;
            Blocks += parsed.Field == SseField.Blank ? 1 : 0;
            hasData = parsed.Field != SseField.Blank && (hasData || parsed.Field == SseField.Data);
            hasFields = parsed.Field != SseField.Blank && (hasFields || parsed.Field != SseField.Comment);
        }

        IsAtBoundary = !hasFields && lines[^1].Length == 0 && !isPartOfMark;
    }

    /// <summary>The whole lines; an unfinished last one is not among them.</summary>
    public List<SseTextLine> Lines { get; } = [];

    public int Events { get; }

    public int Blocks { get; }

    public bool IsAtBoundary { get; }

    public bool SawId { get; }

    public bool EndsWithCr { get; }

    public LineEnding LineEnding { get; private set; }

    private static SseTextLine Parse(string line)
    {
        if (line.Length == 0)
        {
            return new(SseField.Blank, "");
        }

        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? "" : line[(colon + 1)..];
        value = value.StartsWith(' ') ? value[1..] : value;
        return name switch
        {
            "" => new(SseField.Comment, value),
            "data" => new(SseField.Data, value),
            "event" => new(SseField.Event, value),
            "id" => new(SseField.Id, value),
            "retry" => new(SseField.Retry, value),
            _ => new(SseField.Other, ""),
        };
    }

    private void FindLineEnding(string text)
    {
        var first = text.AsSpan().IndexOfAny('\r', '\n');
        LineEnding = first < 0 ? LineEnding.Unknown
            : text[first] == '\n' ? LineEnding.Lf
            : first + 1 == text.Length ? LineEnding.Unknown
            : text[first + 1] == '\n' ? LineEnding.CrLf : LineEnding.Cr;
    }
}
