namespace EdgeProxy.Protocol.Dialects;

/// <summary>OpenAI chat completions, legacy completions and audio transcriptions, and all that speak like them.</summary>
internal sealed class OpenAIChatDialect : Dialect
{
    public override DialectKind Kind => DialectKind.OpenAIChat;

    public override bool AddsDone => true;

    public override EventTracker CreateTracker() => new Tracker();

    private sealed class Tracker : EventTracker
    {
        private AnswerList _choices;
        private bool _isUsageNext;
        private bool _hasUsage;
        private bool _endsWithUsage;

        protected override bool IsAnswerFinished => _choices.IsFinished || _endsWithUsage;

        protected override bool IsTerminalType(ReadOnlySpan<byte> type) => type.SequenceEqual("transcript.text.done"u8);

        protected override void ReadToken(in JsonScanner json)
        {
            _choices.ReadToken(in json, "choices"u8, "finish_reason"u8);
            if (json.Depth == 1)
            {
                _hasUsage = _isUsageNext ? json.TokenType == JsonTokenType.StartObject : _hasUsage;
                _isUsageNext = json.TokenType == JsonTokenType.PropertyName && json.Value.SequenceEqual("usage"u8);
            }
        }

        protected override void CommitEvent()
        {
            _choices.Commit();
            if (_choices.HasEventAnswers)
            {
                // Usage that more of the answer follows was not the trailing one.
                _endsWithUsage = false;
            }
            else
            {
                _endsWithUsage |= _hasUsage && _choices.IsEventListEmpty;
            }
        }

        protected override void ResetEvent()
        {
            _choices.ResetEvent();
            _isUsageNext = false;
            _hasUsage = false;
        }
    }
}
