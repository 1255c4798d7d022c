using System.Net.ServerSentEvents;
using System.Text;
using EdgeProxy.Protocol;

namespace EdgeProxy.Tests.Protocol;

/// <summary>An event as a client gets it.</summary>
internal readonly record struct SseEvent(string Name, string Data);

/// <summary>Puts the scanner's tokens together again, and holds every token to what the scanner promises.</summary>
internal sealed class SseReading
{
    private readonly List<byte> _value = [];
    private readonly List<string> _data = [];
    private SseScanner _scanner;
    private string _name = "";
    private string _frameworkName = SseParser.EventTypeDefault;
    private bool _inLine;
    private int _read;

    public SseScanner Scanner => _scanner;

    public List<SseTextLine> Lines { get; } = [];

    public List<SseEvent> Events { get; } = [];

    /// <summary>
    /// The same with the names of <see cref="SseParser"/>, which departs from the standard twice: a name outlives a block without
    /// data, and an empty name stays empty.
    /// </summary>
    public List<SseEvent> EventsAsTheFrameworkNamesThem { get; } = [];

    public int Blocks { get; private set; }

    /// <summary>The offsets in the stream at which <see cref="SseScanner.IsAtBoundary"/> held after a call.</summary>
    public List<int> Boundaries { get; } = [];

    public static SseReading Of(ReadOnlySpan<byte> stream, params ReadOnlySpan<int> pieces)
    {
        var reading = new SseReading();
        foreach (var piece in pieces)
        {
            reading.Feed(stream[..piece]);
            stream = stream[piece..];
        }

        reading.Feed(stream);
        return reading;
    }

    /// <summary>The framework's parser over the whole stream.</summary>
    public static List<SseEvent> Oracle(ReadOnlySpan<byte> stream) =>
        [.. SseParser.Create(new MemoryStream(stream.ToArray())).Enumerate().Select(item => new SseEvent(item.EventType, item.Data))];

    public void Feed(ReadOnlySpan<byte> input)
    {
        var position = 0;
        var before = 0;
        while (_scanner.TryRead(input, ref position, out var line))
        {
            Assert.True(position > before && position <= input.Length, "A token without bytes.");
            before = position;
            Take(line);
            NoteBoundary(position);
        }

        Assert.Equal(input.Length, position);
        NoteBoundary(position);
        _read += input.Length;
    }

    private void NoteBoundary(int position)
    {
        if (_scanner.IsAtBoundary && (Boundaries.Count == 0 || Boundaries[^1] != _read + position))
        {
            Boundaries.Add(_read + position);
        }
    }

    private void Take(SseLine line)
    {
        Assert.True(_inLine != line.StartsValue);
        Assert.True(line.EndsLine || !line.Value.IsEmpty, "A token that brings nothing.");
        Assert.True(line.EndsLine || !line.EndsBlock);
        Assert.True(line.EndsBlock || !line.DispatchesEvent);
        Assert.True(line.Field != SseField.Blank || (line.EndsBlock && line.Value.IsEmpty));

        _inLine = !line.EndsLine;
        _value.AddRange(line.Value);
        if (line.EndsLine)
        {
            EndLine(line.Field);
        }

        if (line.EndsBlock)
        {
            EndBlock(line.Field, line.DispatchesEvent);
        }
    }

    private void EndLine(SseField field)
    {
        byte[] value = [.. _value];
        _value.Clear();
        Lines.Add(new SseTextLine(field, field == SseField.Other ? "" : Encoding.Latin1.GetString(value)));
        if (field == SseField.Data)
        {
            _data.Add(Encoding.UTF8.GetString(value));
        }
        else if (field == SseField.Event)
        {
            _name = _frameworkName = Encoding.UTF8.GetString(value);
        }
    }

    private void EndBlock(SseField field, bool dispatches)
    {
        if (field != SseField.Blank)
        {
            Lines.Add(new SseTextLine(SseField.Blank, ""));
        }

        if (dispatches)
        {
            var data = string.Join('\n', _data);
            Events.Add(new SseEvent(_name.Length == 0 ? SseParser.EventTypeDefault : _name, data));
            EventsAsTheFrameworkNamesThem.Add(new SseEvent(_frameworkName, data));
            _frameworkName = SseParser.EventTypeDefault;
        }

        Blocks++;
        _name = "";
        _data.Clear();
    }
}
