namespace EdgeProxy.Detection;

/// <summary>What a request's head says about streaming.</summary>
/// <param name="Wish">
/// The wish, as far as the head tells: final when <paramref name="Body"/> is <see cref="InspectedBody.None"/>, else what
/// holds if the body says nothing. Never <see cref="StreamWish.DecidedLate"/>.
/// </param>
/// <param name="Body">The body that has to be searched for the flag.</param>
/// <param name="Boundary">The boundary of a multipart body, unquoted, 1 to 256 printable ASCII characters; else null.</param>
internal readonly record struct HeadVerdict(StreamWish Wish, InspectedBody Body = InspectedBody.None, string? Boundary = null)
{
    /// <summary>Whether the body has a say.</summary>
    public bool NeedsBody => Body != InspectedBody.None;

    /// <summary>A scanner for the body. Only where <see cref="NeedsBody"/>.</summary>
    public IBodyFlagScanner CreateScanner() => Body switch
    {
        InspectedBody.Json => new JsonStreamFlagScanner(),
        InspectedBody.Multipart => new MultipartStreamFlagScanner(Boundary!),
        _ => throw new InvalidOperationException("The head alone decided."),
    };

    /// <summary>The wish of head and body together, once the body's flag is known.</summary>
    public StreamWish Conclude(BodyFlag flag) => flag switch
    {
        BodyFlag.Stream => StreamWish.Stream,
        BodyFlag.SaysNothing => Wish,
        BodyFlag.Undecided => throw new ArgumentOutOfRangeException(nameof(flag), flag, "The body has not decided yet."),
        _ => StreamWish.NotAStream,
    };
}
