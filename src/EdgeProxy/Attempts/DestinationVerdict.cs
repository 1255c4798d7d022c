using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Attempts;

/// <summary>What an attempt says of the destination that was asked.</summary>
internal enum DestinationVerdict
{
    /// <summary>Nothing: it ended for reasons of the caller's or our own.</summary>
    SaysNothing,

    /// <summary>It answers.</summary>
    Good,

    /// <summary>It fails its callers.</summary>
    Bad,
}

/// <summary>What is known of an ended attempt, as far as it concerns the destination.</summary>
internal readonly record struct DestinationEvidence
{
    /// <summary>Overloaded, in Anthropic's words.</summary>
    private const int SiteOverloaded = 529;

    /// <summary>The client left, another attempt won the hedge, or this instance drains.</summary>
    public bool WasCalledOff { get; init; }

    /// <summary>A deadline of ours ended it: the destination said nothing for too long.</summary>
    public bool WasSilent { get; init; }

    /// <summary>It could not be reached, its connection was cut before or in the middle of the answer, or the stream ended without its terminal signal.</summary>
    public bool IsBroken { get; init; }

    /// <summary>The answer's status, or the one that an error as the stream's first event names; 0 if it names none.</summary>
    public int Status { get; init; }

    /// <summary>Whether the stream's first event was an error.</summary>
    public bool IsErrorEvent { get; init; }

    /// <summary>Whether the destination refused the request for what it says, by its content policy, in whatever form.</summary>
    public bool IsRejection { get; init; }

    /// <summary>
    /// The verdict. No 4xx counts against a destination, 429 neither: limits belong to the caller's key, and one caller who has
    /// spent his must not take the destination from all others. Nor does it count as a success.
    /// </summary>
    /// <param name="retryStatuses">The statuses that are tried again; the 5xx among them, and 529, count as failures.</param>
    public DestinationVerdict Judge(IReadOnlyCollection<int> retryStatuses)
    {
        if (WasCalledOff || IsRejection)
        {
            return DestinationVerdict.SaysNothing;
        }

        if (WasSilent || IsBroken)
        {
            return DestinationVerdict.Bad;
        }

        return Status switch
        {
            >= 400 and < 500 => DestinationVerdict.SaysNothing,
            _ when IsErrorEvent => DestinationVerdict.Bad,
            SiteOverloaded => DestinationVerdict.Bad,
            >= StatusCodes.Status500InternalServerError => retryStatuses.Contains(Status) ? DestinationVerdict.Bad : DestinationVerdict.SaysNothing,
            _ => DestinationVerdict.Good,
        };
    }
}
