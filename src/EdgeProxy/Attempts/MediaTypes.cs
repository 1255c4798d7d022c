using System.Diagnostics.CodeAnalysis;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Attempts;

/// <summary>Reads an upstream's <c>Content-Type</c>.</summary>
internal static class MediaTypes
{
    private const int MaxLength = 100;

    /// <summary>Whether this is <c>text/event-stream</c>, with any parameters (WHATWG HTML 9.2.2).</summary>
    public static bool IsEventStream(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var parsed) && parsed.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>The media type alone, if it is well-formed and of a sane length.</summary>
    public static bool TryGetName(string? contentType, [NotNullWhen(true)] out string? name)
    {
        name = MediaTypeHeaderValue.TryParse(contentType, out var parsed) && parsed.MediaType.Length <= MaxLength ? parsed.MediaType.Value : null;
        return name is not null;
    }
}
