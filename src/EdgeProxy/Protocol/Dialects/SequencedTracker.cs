using System.Buffers.Text;

namespace EdgeProxy.Protocol.Dialects;

/// <summary>Follows events that are named, typed and numbered, as those of OpenAI Responses.</summary>
internal abstract class SequencedTracker : EventTracker
{
    private const long None = -1;

    private bool _isNumberNext;
    private long _eventNumber = None;
    private long _lastNumber = None;

    public override long NextSequenceNumber => _lastNumber + 1;

    protected override bool NamesEvents => true;

    protected override bool CanRepeat => false;

    protected override void ReadToken(in JsonScanner json)
    {
        if (json.Depth != 1)
        {
            return;
        }

        if (_isNumberNext)
        {
            _eventNumber = json.TokenType == JsonTokenType.Number
                && Utf8Parser.TryParse(json.Value, out long number, out var read)
                && read == json.Value.Length
                && number is >= 0 and < long.MaxValue ? number : None;
        }

        _isNumberNext = json.TokenType == JsonTokenType.PropertyName && json.Value.SequenceEqual("sequence_number"u8);
    }

    protected override void CommitEvent() => _lastNumber = _eventNumber == None ? _lastNumber : _eventNumber;

    protected override void ResetEvent()
    {
        _isNumberNext = false;
        _eventNumber = None;
    }
}
