namespace EdgeProxy.Commands;

/// <summary>One thing that goes wrong with streams, and how it should end behind EdgeProxy.</summary>
/// <param name="Title">What goes wrong.</param>
/// <param name="Model">The backend's habit.</param>
/// <param name="Saved">What EdgeProxy made of it, in a sentence.</param>
/// <param name="EndedAsItShould">Whether an answer through EdgeProxy is what it should be.</param>
internal sealed record DemoScene(string Title, string Model, string Saved, Func<DemoAnswer, bool> EndedAsItShould)
{
    private const string WholeText = "Streams that always end cleanly.";

    /// <summary>The three of them.</summary>
    public static IReadOnlyList<DemoScene> All { get; } =
    [
        new(
            "The first byte is late: the backend thinks for 2.5 s, and pauses 2.5 s in its answer",
            DemoBackend.Slow,
            "the stream was opened early and kept alive: every word arrived",
            answer => answer is { EndedCleanly: true, ErrorCode: null, Words: WholeText, KeepAlives: > 0 }),
        new(
            "The backend fails late: after 2.5 s it answers 429",
            DemoBackend.Late429,
            "the late status became an error frame that SDKs raise, then [DONE]",
            answer => answer is { EndedCleanly: true, ErrorCode: "rate_limit_exceeded" }),
        new(
            "The backend dies in the middle of its answer",
            DemoBackend.Cut,
            "the broken event was dropped, the client was told, the stream ended",
            answer => answer is { EndedCleanly: true, ErrorCode: "upstream_disconnected" }),
    ];
}
