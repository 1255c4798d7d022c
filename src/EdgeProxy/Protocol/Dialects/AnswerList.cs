using System.Buffers.Text;

namespace EdgeProxy.Protocol.Dialects;

/// <summary>
/// Follows the top-level list of answers that a stream fills side by side (<c>{"choices":[{"index":0,"finish_reason":null}]}</c>)
/// and knows whether each answer seen has its finish reason. An entry without an index counts by its place in the list.
/// </summary>
internal struct AnswerList
{
    /// <summary>How many answers are followed (OpenAI allows 128). With an index beyond, the list never counts as finished.</summary>
    public const int MaxAnswers = 128;

    private UInt128 _seen;
    private UInt128 _finished;
    private bool _hasTooMany;

    private UInt128 _eventSeen;
    private UInt128 _eventFinished;
    private bool _eventHasTooMany;
    private bool _eventHasList;

    private Member _member;
    private bool _isListNext;
    private bool _isInList;
    private int _position;
    private int _index;
    private bool _isFinished;

    private enum Member : byte
    {
        Other,
        Index,
        FinishReason,
    }

    /// <summary>Whether there are answers, and all have their finish reason.</summary>
    public readonly bool IsFinished => _seen != 0 && _seen == _finished && !_hasTooMany;

    /// <summary>Whether the event at hand has the list, with nothing in it.</summary>
    public readonly bool IsEventListEmpty => _eventHasList && _position < 0;

    /// <summary>Whether the event at hand has an answer.</summary>
    public readonly bool HasEventAnswers => _eventSeen != 0 || _eventHasTooMany;

    /// <summary>Sees the next token of the event's JSON.</summary>
    public void ReadToken(in JsonScanner json, ReadOnlySpan<byte> listName, ReadOnlySpan<byte> finishName)
    {
        switch (json.Depth)
        {
            case 1 when json.TokenType == JsonTokenType.PropertyName:
                _isListNext = json.Value.SequenceEqual(listName);
                break;
            case 1 when _isListNext:
                // Of duplicate members the last counts, as in every JSON parser.
                ResetEvent();
                _eventHasList = _isInList = json.TokenType == JsonTokenType.StartArray;
                break;
            case 1:
                _isInList = false;
                break;
            case 2 when _isInList:
                ReadEntry(json.TokenType);
                break;
            case 3 when _isInList:
                ReadMember(in json, finishName);
                break;
        }
    }

    /// <summary>Makes count what the event at hand told.</summary>
    public void Commit()
    {
        _seen |= _eventSeen;
        _finished |= _eventFinished;
        _hasTooMany |= _eventHasTooMany;
    }

    /// <summary>Forgets what the event at hand told.</summary>
    public void ResetEvent()
    {
        _eventSeen = 0;
        _eventFinished = 0;
        _eventHasTooMany = false;
        _eventHasList = false;
        _isListNext = false;
        _isInList = false;
        _position = -1;
    }

    private void ReadEntry(JsonTokenType token)
    {
        switch (token)
        {
            case JsonTokenType.EndObject when _index < MaxAnswers:
                var answer = UInt128.One << _index;
                _eventSeen |= answer;
                _eventFinished = _isFinished ? _eventFinished | answer : _eventFinished;
                break;
            case JsonTokenType.EndObject:
                _eventHasTooMany = true;
                break;
            case JsonTokenType.EndArray:
                break;
            default:
                _index = ++_position;
                _isFinished = false;
                _member = Member.Other;
                break;
        }
    }

    private void ReadMember(in JsonScanner json, ReadOnlySpan<byte> finishName)
    {
        if (json.TokenType == JsonTokenType.PropertyName)
        {
            _member = json.Value.SequenceEqual("index"u8) ? Member.Index
                : json.Value.SequenceEqual(finishName) ? Member.FinishReason
                : Member.Other;
            return;
        }

        switch (_member)
        {
            case Member.Index:
                _index = json.TokenType == JsonTokenType.Number
                    && Utf8Parser.TryParse(json.Value, out int index, out var read)
                    && read == json.Value.Length
                    && index >= 0 ? index : _position;
                break;
            case Member.FinishReason:
                _isFinished = EventTracker.HasContent(in json);
                break;
        }

        _member = Member.Other;
    }
}
