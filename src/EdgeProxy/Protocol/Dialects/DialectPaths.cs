namespace EdgeProxy.Protocol.Dialects;

/// <summary>Knows an API family by the end of its path, wherever a deployment has mounted it.</summary>
internal static class DialectPaths
{
    /// <summary><c>/completions</c> covers <c>/chat/completions</c>.</summary>
    private static readonly (string End, DialectKind Kind)[] Ends =
    [
        ("/completions", DialectKind.OpenAIChat),
        ("/audio/transcriptions", DialectKind.OpenAIChat),
        (Responses, DialectKind.OpenAIResponses),
        ("/images/generations", DialectKind.OpenAIImages),
        ("/images/edits", DialectKind.OpenAIImages),
        ("/audio/speech", DialectKind.OpenAIImages),
        ("/messages", DialectKind.AnthropicMessages),
        (":streamRawPredict", DialectKind.AnthropicMessages),
        (":streamGenerateContent", DialectKind.Gemini),
    ];

    private const string Responses = "/responses";

    /// <summary>The family of a request path (without query): case and one trailing slash do not matter.</summary>
    public static DialectKind FromPath(ReadOnlySpan<char> path)
    {
        path = path.EndsWith('/') ? path[..^1] : path;
        foreach (var (end, kind) in Ends)
        {
            if (path.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            {
                return kind;
            }
        }

        // A stored response is streamed again from /responses/{id}.
        var id = path.LastIndexOf('/') + 1;
        return id > 0 && id < path.Length && path[..(id - 1)].EndsWith(Responses, StringComparison.OrdinalIgnoreCase)
            ? DialectKind.OpenAIResponses
            : DialectKind.Generic;
    }
}
