using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Commands.Probe;

/// <summary>What a piece of an event stream turned out to hold.</summary>
internal enum FindingKind
{
    /// <summary>An event that a client gets to see.</summary>
    Event,

    /// <summary>A comment, a ping, or a pair of blank lines.</summary>
    KeepAlive,

    /// <summary>The first event that tells an error.</summary>
    Error,

    /// <summary>A sign that the answer is whole.</summary>
    Terminal,

    /// <summary>Something after <c>[DONE]</c>.</summary>
    AfterDone,
}

/// <summary>One thing found in a stream.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Words for a person; safe to print.</param>
internal readonly record struct Finding(FindingKind Kind, string Text = "");

/// <summary>
/// Reads an event stream as a client would, cut anywhere, and says what came; knows no time. Keeps a bounded part of one event.
/// </summary>
internal sealed class EventReading
{
    private const int MaxKeptBytes = 64 * 1024;
    private const int MaxShownComment = 60;

    private readonly Dialect _dialect;
    private readonly EventTracker _tracker;
    private readonly ServerText _text;
    private readonly Excerpt _comment = new(MaxKeptBytes);
    private readonly Excerpt _name = new(MaxKeptBytes);
    private readonly Excerpt _data = new(MaxKeptBytes);
    private SseScanner _scanner;
    private bool _blockHasLines;
    private int _blankLines;
    private bool _sawTerminal;

    public EventReading(DialectKind dialect, ServerText text)
    {
        _dialect = Dialect.Of(dialect);
        _tracker = _dialect.CreateTracker();
        _text = text;
    }

    /// <summary>How many events came, pings not among them.</summary>
    public long Events { get; private set; }

    /// <summary>How many comment lines came.</summary>
    public long Comments { get; private set; }

    /// <summary>How many events named <c>ping</c> came.</summary>
    public long Pings { get; private set; }

    /// <summary>How many pairs of blank lines came that ended nothing.</summary>
    public long BlankLinePairs { get; private set; }

    /// <summary>Whether the first comment was EdgeProxy's primer.</summary>
    public bool SawPrimer { get; private set; }

    /// <summary>The error that the stream told, if it told one.</summary>
    public ReportedError? Error { get; private set; }

    /// <summary>Whether anything but blank lines came after <c>[DONE]</c>.</summary>
    public bool HasDataAfterDone { get; private set; }

    /// <summary>Whether the answer is whole by a signal of its dialect.</summary>
    public bool SawTerminal => _tracker.SawTerminal || EndsWithPendingDone;

    /// <summary>Whether <c>[DONE]</c> came, if only as a last line without its blank line.</summary>
    public bool SawDone => _tracker.SawDone || EndsWithPendingDone;

    /// <summary>Whether the last line is a <c>[DONE]</c> that no blank line ended: strict clients drop it.</summary>
    public bool EndsWithPendingDone => !_tracker.SawDone && _tracker.PendingIsDone;

    /// <summary>Whether an event was begun and not ended: clients drop it.</summary>
    public bool IsUnfinished => !_scanner.IsAtBoundary && !EndsWithPendingDone && !_tracker.SawDone;

    /// <summary>What EdgeProxy would write at a clean end here; nothing, if the stream ended as it should.</summary>
    public StreamEnding Missing =>
        StreamEnding.Decide(_dialect, TerminalMode.Auto, sawEvent: Events > 0, SawTerminal, SawDone, sawError: Error is not null, failure: null);

    /// <summary>Reads the next piece and adds what it holds.</summary>
    public void Read(ReadOnlySpan<byte> bytes, ICollection<Finding> found)
    {
        var position = 0;
        while (_scanner.TryRead(bytes, ref position, out var line))
        {
            if (line.Field == SseField.Blank && !_blockHasLines)
            {
                OnStrayBlankLine(found);
                continue;
            }

            _blankLines = 0;
            _blockHasLines = !line.EndsBlock;
            if (_tracker.SawDone)
            {
                OnAfterDone(in line, found);
                continue;
            }

            Keep(in line, found);
            _tracker.OnLine(in line);
            if (line.EndsBlock)
            {
                EndBlock(line.DispatchesEvent, found);
            }
        }
    }

    private void OnStrayBlankLine(ICollection<Finding> found)
    {
        _blankLines++;
        if (_blankLines % 2 == 0)
        {
            BlankLinePairs++;
            found.Add(new(FindingKind.KeepAlive, "blank lines"));
        }
    }

    private void OnAfterDone(in SseLine line, ICollection<Finding> found)
    {
        if (line.Field != SseField.Blank && !HasDataAfterDone)
        {
            HasDataAfterDone = true;
            found.Add(new(FindingKind.AfterDone, "bytes after [DONE]: no client reads them"));
        }
    }

    private void Keep(in SseLine line, ICollection<Finding> found)
    {
        var kept = line.Field switch
        {
            SseField.Comment => _comment,
            SseField.Event => _name,
            SseField.Data => _data,
            _ => null,
        };
        if (kept is null)
        {
            return;
        }

        if (line.StartsValue && line.Field != SseField.Data)
        {
            kept.Clear();
        }

        kept.Append(line.Value);
        if (line is { Field: SseField.Comment, EndsLine: true })
        {
            OnComment(found);
        }
    }

    private void OnComment(ICollection<Finding> found)
    {
        var text = _comment.Text.Trim();
        SawPrimer |= Comments == 0 && Events == 0 && text == "edgeproxy";
        found.Add(new(FindingKind.KeepAlive, $"comment \"{_text.Show(text, MaxShownComment)}\"{(SawPrimer && Comments == 0 ? ", the primer of EdgeProxy" : "")}"));
        Comments++;
    }

    private void EndBlock(bool dispatched, ICollection<Finding> found)
    {
        if (dispatched)
        {
            OnEvent(_name.Text, found);
        }

        _name.Clear();
        _data.Clear();
    }

    private void OnEvent(string name, ICollection<Finding> found)
    {
        if (name == "ping")
        {
            Pings++;
            found.Add(new(FindingKind.KeepAlive, "ping"));
            return;
        }

        Events++;
        found.Add(new(FindingKind.Event));
        var isFailedResponse = _dialect.Kind == DialectKind.OpenAIResponses && name == "response.failed";
        if (Error is null && (_tracker.SawError || isFailedResponse))
        {
            Error = ReportedError.Parse(_data.Bytes, _text);
            found.Add(new(FindingKind.Error, Error.ToString()));
        }

        if (_tracker.SawDone)
        {
            found.Add(new(FindingKind.Terminal, "[DONE]"));
        }
        else if (_tracker.SawTerminal && !_sawTerminal)
        {
            found.Add(new(FindingKind.Terminal, $"the answer is whole: {Signal(name)}"));
        }

        _sawTerminal = _tracker.SawTerminal;
    }

    private string Signal(string name) => _dialect.Kind switch
    {
        DialectKind.OpenAIChat => "finish_reason",
        DialectKind.Gemini => "finishReason",
        _ when name.Length > 0 => _text.Show(name, MaxShownComment),
        _ => "its last event",
    };
}
