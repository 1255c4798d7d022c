namespace EdgeProxy.Protocol.Dialects;

/// <summary>OpenAI images and speech: the events of Responses under other names.</summary>
internal sealed class OpenAIImagesDialect : OpenAIResponsesDialect
{
    public override DialectKind Kind => DialectKind.OpenAIImages;

    public override EventTracker CreateTracker() => new Tracker();

    private sealed class Tracker : SequencedTracker
    {
        protected override bool IsTerminalType(ReadOnlySpan<byte> type) =>
            type.EndsWith(".completed"u8) || type.SequenceEqual("speech.audio.done"u8);
    }
}
