namespace EdgeProxy.Commands.Probe;

/// <summary>What a line of the timeline is about.</summary>
internal enum MomentKind
{
    /// <summary>The host's name was resolved.</summary>
    Dns,

    /// <summary>The connection stands.</summary>
    Connected,

    /// <summary>TLS stands.</summary>
    Tls,

    /// <summary>The request's body is on its way as a whole.</summary>
    Sent,

    /// <summary>The head of the answer came: its first byte.</summary>
    Headers,

    /// <summary>The first byte of the body came.</summary>
    FirstByte,

    /// <summary>The first event came as a whole.</summary>
    FirstEvent,

    /// <summary>A comment, a ping or a pair of blank lines came.</summary>
    KeepAlive,

    /// <summary>Something came after a silence, and no other line tells of it.</summary>
    Gap,

    /// <summary>An event told an error.</summary>
    Error,

    /// <summary>The answer is whole, or said <c>[DONE]</c>.</summary>
    Terminal,

    /// <summary>Something came after <c>[DONE]</c>.</summary>
    AfterDone,

    /// <summary>The stream ended, however it did.</summary>
    End,
}

/// <summary>A line of the timeline.</summary>
/// <param name="At">The time since the probe began.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Text">Words for a person; safe to print.</param>
/// <param name="Silence">How long no byte had come, if it was long enough to tell.</param>
/// <param name="Head">The head of the answer, where that is what came.</param>
internal sealed record Moment(TimeSpan At, MomentKind Kind, string Text, TimeSpan? Silence = null, ResponseHead? Head = null)
{
    /// <summary>The kind's name: for a person with spaces, for scripts with underscores.</summary>
    public static string Name(MomentKind kind) => kind switch
    {
        MomentKind.Dns => "dns",
        MomentKind.Connected => "connected",
        MomentKind.Tls => "tls",
        MomentKind.Sent => "sent",
        MomentKind.Headers => "headers",
        MomentKind.FirstByte => "first byte",
        MomentKind.FirstEvent => "first event",
        MomentKind.KeepAlive => "keep-alive",
        MomentKind.Gap => "gap",
        MomentKind.Error => "error",
        MomentKind.Terminal => "terminal",
        MomentKind.AfterDone => "after done",
        _ => "end",
    };
}
