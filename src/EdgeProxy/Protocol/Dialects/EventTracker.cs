namespace EdgeProxy.Protocol.Dialects;

/// <summary>
/// Follows the events of one upstream stream and knows whether its answer is whole, failed or cut. It is fed with what the
/// event stream's scanner found, cut anywhere; it keeps no bytes, allocates nothing and takes events of any size. An event's
/// signals count only once its blank line was seen: what the upstream broke off says nothing.
/// </summary>
internal abstract class EventTracker
{
    private const int DoneFailed = -1;

    private JsonTokenValue _name;
    private EventTemplate? _template;
    private JsonScanner _json;
    private int _dataLines;
    private int _doneProgress;
    private Member _member;
    private bool _hasError;
    private bool _hasErrorType;
    private bool _hasTerminalType;
    private bool _sawTerminalEvent;

    private enum Member : byte
    {
        Other,
        Error,
        Type,
    }

    /// <summary>
    /// Whether the answer is whole, as far as it has come: <c>[DONE]</c>, or the dialect's own signal. An answer of several
    /// choices can become unfinished again when a further choice appears.
    /// </summary>
    public bool SawTerminal => SawDone || _sawTerminalEvent || IsAnswerFinished;

    /// <summary>Whether an event's whole data was <c>[DONE]</c>.</summary>
    public bool SawDone { get; private set; }

    /// <summary>Whether the upstream itself sent an error event.</summary>
    public bool SawError { get; private set; }

    /// <summary>How many events were dispatched, <c>[DONE]</c> among them.</summary>
    public long EventCount { get; private set; }

    /// <summary>
    /// Whether the unfinished event so far is exactly a data line <c>[DONE]</c>: a backend that closes without its last blank
    /// line (or line end) has still said that it is done.
    /// </summary>
    public bool PendingIsDone => IsDone;

    /// <summary>The <c>sequence_number</c> of an event that would come next; 0 where none was seen or the dialect has none.</summary>
    public virtual long NextSequenceNumber => 0;

    /// <summary>Whether the dialect names its events, so that name and <c>type</c> mean the same.</summary>
    protected virtual bool NamesEvents => false;

    /// <summary>Whether two events may say the same: not where each has a number of its own.</summary>
    protected virtual bool CanRepeat => true;

    /// <summary>Whether the dialect's finish reasons say that the answer is whole.</summary>
    protected virtual bool IsAnswerFinished => false;

    /// <summary>Whether a top-level <c>error</c> of the event at hand is an error of the stream.</summary>
    protected virtual bool CountsErrorMember => true;

    private bool IsDone => _dataLines == 1 && _doneProgress == Done.Length;

    private static ReadOnlySpan<byte> Done => "[DONE]"u8;

    /// <summary>Takes what the scanner found.</summary>
    public void OnLine(in SseLine line)
    {
        if (line is { Field: SseField.Data, StartsValue: true, DispatchesEvent: true } && _dataLines == 0 && EventCount > 0 && CanRepeat)
        {
            OnWholeEvent(line.Value);
            return;
        }

        switch (line.Field)
        {
            case SseField.Event:
                OnEventName(line.Value, line.StartsValue);
                break;
            case SseField.Data:
                OnData(line.Value, line.StartsValue);
                break;
        }

        if (line.EndsBlock)
        {
            OnEventEnd(line.DispatchesEvent);
        }
    }

    /// <summary>An event that is one data line and lies in one piece, as most do.</summary>
    private void OnWholeEvent(ReadOnlySpan<byte> data)
    {
        _template ??= new();
        if (_template.Matches(_name.Span, data))
        {
            // What the last event told, and nothing of it counts twice.
            EventCount++;
            _name.Clear();
            return;
        }

        _dataLines = 1;
        MatchDone(data);
        _template.Begin(_name, data);
        ReadJson(data);
        OnEventEnd(dispatched: true);
    }

    /// <summary>Takes a piece of an event's name. <paramref name="startsValue"/>: it is the first piece; the last name of an event is the one that counts.</summary>
    public void OnEventName(ReadOnlySpan<byte> fragment, bool startsValue)
    {
        if (startsValue)
        {
            _name.Clear();
        }

        _name.Append(fragment);
    }

    /// <summary>Takes a piece of a data line. <paramref name="startsValue"/>: it is the line's first piece, also of an empty line.</summary>
    public void OnData(ReadOnlySpan<byte> fragment, bool startsValue)
    {
        _template?.Forget();
        if (startsValue && _dataLines++ > 0)
        {
            // WHATWG HTML 9.2.6: the data lines of an event are joined by a line feed.
            ReadJson("\n"u8);
        }

        MatchDone(fragment);
        ReadJson(fragment);
    }

    /// <summary>Ends the event. <paramref name="dispatched"/>: it had data, so that a client sees it; else it never was.</summary>
    public void OnEventEnd(bool dispatched)
    {
        if (dispatched)
        {
            EventCount++;
            CountSignals();
        }

        _name.Clear();
        _json.Reset();
        _dataLines = 0;
        _doneProgress = 0;
        _member = Member.Other;
        _hasError = false;
        _hasErrorType = false;
        _hasTerminalType = false;
        ResetEvent();
    }

    /// <summary>Whether an event of this type ends a whole answer.</summary>
    protected virtual bool IsTerminalType(ReadOnlySpan<byte> type) => false;

    /// <summary>Sees each token of the event's JSON.</summary>
    protected virtual void ReadToken(in JsonScanner json)
    {
    }

    /// <summary>Makes count what the tokens of a dispatched event, whose JSON was whole, have told.</summary>
    protected virtual void CommitEvent()
    {
    }

    /// <summary>Forgets what the event's tokens have told: the next event begins.</summary>
    protected virtual void ResetEvent()
    {
    }

    /// <summary>Whether a member's value, at its first token, says anything: not null, not false, not an empty string.</summary>
    public static bool HasContent(in JsonScanner json) => json.TokenType switch
    {
        JsonTokenType.Null or JsonTokenType.False => false,
        JsonTokenType.String => !json.Value.IsEmpty,
        _ => true,
    };

    private void CountSignals()
    {
        ReadOnlySpan<byte> name = _name.IsTruncated ? default : _name.Span;
        SawDone |= IsDone;
        SawError |= name.SequenceEqual("error"u8);
        _sawTerminalEvent |= NamesEvents && IsTerminalType(name);
        if (!_json.IsComplete)
        {
            return;
        }

        SawError |= (_hasError && CountsErrorMember) || (_hasErrorType && NamesEvents);
        _sawTerminalEvent |= _hasTerminalType;
        CommitEvent();
    }

    /// <summary>A single line, blanks around it aside. JSON fails at its first byte.</summary>
    private void MatchDone(ReadOnlySpan<byte> fragment)
    {
        for (var i = 0; i < fragment.Length && _doneProgress != DoneFailed; i++)
        {
            var next = fragment[i];
            var mayBeBlank = _doneProgress == 0 || _doneProgress == Done.Length;
            if (mayBeBlank && next is (byte)' ' or (byte)'\t')
            {
                continue;
            }

            _doneProgress = _doneProgress < Done.Length && next == Done[_doneProgress] ? _doneProgress + 1 : DoneFailed;
        }
    }

    private void ReadJson(ReadOnlySpan<byte> text)
    {
        var position = 0;
        while (_json.TryRead(text, ref position))
        {
            if (_json.Depth == 1)
            {
                ReadTopLevel();
            }

            ReadToken(in _json);
            _template?.OnToken(in _json, position);
        }
    }

    private void ReadTopLevel()
    {
        if (_json.TokenType == JsonTokenType.PropertyName)
        {
            _member = _json.Value.SequenceEqual("error"u8) ? Member.Error
                : _json.Value.SequenceEqual("type"u8) ? Member.Type
                : Member.Other;
            return;
        }

        switch (_member)
        {
            case Member.Error:
                _hasError = HasContent(in _json);
                break;
            case Member.Type:
                var isWord = _json.TokenType == JsonTokenType.String && !_json.IsValueTruncated;
                _hasErrorType = isWord && _json.Value.SequenceEqual("error"u8);
                _hasTerminalType = isWord && IsTerminalType(_json.Value);
                break;
        }

        // The end of a container stands at the same depth as its start and is no value of its own.
        _member = Member.Other;
    }
}
