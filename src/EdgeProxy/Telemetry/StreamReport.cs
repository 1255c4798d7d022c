using EdgeProxy.Protocol;

namespace EdgeProxy.Telemetry;

/// <summary>What became of one stream. Instants are offsets from the moment the stream was asked for.</summary>
internal sealed record StreamReport
{
    /// <summary>The id in header, log and error frame.</summary>
    public required string RequestId { get; init; }

    /// <summary>The YARP route.</summary>
    public required string Route { get; init; }

    /// <summary>When the stream was asked for.</summary>
    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>The destination that was asked; null if none was.</summary>
    public required string? Destination { get; init; }

    /// <summary>Whether the request asked for a stream; a plain one may take the same way where <c>Attempts:NonStreaming</c> is on.</summary>
    public required bool IsStream { get; init; }

    /// <summary>The dialect spoken to the client.</summary>
    public required DialectKind Dialect { get; init; }

    /// <summary>How it ended.</summary>
    public required StreamOutcome Outcome { get; init; }

    /// <summary>What the client was told, if not a whole answer.</summary>
    public required StreamFailure? Failure { get; init; }

    /// <summary>The upstream's status; 502 and the like where there was none.</summary>
    public required int Status { get; init; }

    /// <summary>The status that an upstream really answered with last; null if none did.</summary>
    public required int? UpstreamStatus { get; init; }

    /// <summary>How long the stream waited for a place; null if it did not have to.</summary>
    public required TimeSpan? Waited { get; init; }

    /// <summary>When the stream was opened to the client.</summary>
    public required TimeSpan? CommittedAt { get; init; }

    /// <summary>When the upstream's first event came.</summary>
    public required TimeSpan? FirstEventAt { get; init; }

    /// <summary>The longest time between events.</summary>
    public required TimeSpan LongestGap { get; init; }

    /// <summary>Events relayed.</summary>
    public required long Events { get; init; }

    /// <summary>Upstream bytes relayed.</summary>
    public required long Bytes { get; init; }

    /// <summary>Keep-alives written.</summary>
    public required int KeepAlives { get; init; }

    /// <summary>How many destinations were asked.</summary>
    public required int Attempts { get; init; }

    /// <summary>Why no further attempt followed the last failed one, in a word; null if none failed.</summary>
    public required string? StoppedBy { get; init; }

    /// <summary>From the request to the last byte.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The dialect's name, as the configuration has it.</summary>
    public string DialectName => Dialect switch
    {
        DialectKind.Generic => nameof(DialectKind.Generic),
        DialectKind.OpenAIChat => nameof(DialectKind.OpenAIChat),
        DialectKind.OpenAIResponses => nameof(DialectKind.OpenAIResponses),
        DialectKind.OpenAIImages => nameof(DialectKind.OpenAIImages),
        DialectKind.AnthropicMessages => nameof(DialectKind.AnthropicMessages),
        DialectKind.Gemini => nameof(DialectKind.Gemini),
        _ => Dialect.ToString(),
    };

    /// <summary>The error in a word of a bounded vocabulary; null if there was none.</summary>
    public string? ErrorType => !IsFailure ? null : Failure is null ? FailureWords.OfStatus(Status) : FailureWords.Bounded(Failure);

    /// <summary>The error's code for log and trace: an upstream's own where it is a word; null if there was none.</summary>
    public string? Code => Failure is null ? ErrorType : FailureWords.Code(Failure);

    /// <summary>What became of it, in a word of a bounded vocabulary: <c>ok</c>, <c>rescued</c>, <c>client_gone</c>, or <see cref="ErrorType"/>.</summary>
    public string OutcomeWord => Outcome switch
    {
        StreamOutcome.Rescued => "rescued",
        StreamOutcome.ClientGone => "client_gone",
        _ => ErrorType ?? "ok",
    };

    /// <summary>Whether the client got something else than a good answer, or was cut off.</summary>
    public bool IsFailure => Outcome switch
    {
        StreamOutcome.Ok or StreamOutcome.ClientGone => false,
        StreamOutcome.PassedThrough => Status >= 400,
        _ => true,
    };
}
