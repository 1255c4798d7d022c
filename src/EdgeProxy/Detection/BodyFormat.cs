using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Detection;

/// <summary>How a request's body can be read.</summary>
/// <param name="Kind">Its kind; <see cref="InspectedBody.None"/> for any that is not looked into.</param>
/// <param name="Boundary">The boundary of a multipart body, unquoted, 1 to 256 printable ASCII characters; else null.</param>
internal readonly record struct BodyFormat(InspectedBody Kind, string? Boundary = null)
{
    // RFC 2046 5.1.1 allows 70; servers take more. The limit only bounds what hostile input can make us compare.
    private const int MaxBoundaryLength = 256;

    /// <summary>Whether the request may have a body that is not empty.</summary>
    public static bool HasBody(HttpRequest request) =>
        request.ContentLength != 0
        && (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody
            ?? (request.ContentLength is not null || request.Headers.TransferEncoding.Count > 0));

    /// <summary>What the head says of the body. A compressed one is not looked into.</summary>
    public static BodyFormat Of(HttpRequest request)
    {
        if (request.ContentType is not { } contentType
            || !HasBody(request)
            || HeaderList.NamesOtherThan(request.Headers.ContentEncoding, "identity"))
        {
            return default;
        }

        // By hand, because backends forgive parameters that a strict parser refuses (`application/json;`).
        var parameters = contentType.IndexOf(';', StringComparison.Ordinal);
        var mediaType = (parameters < 0 ? contentType : contentType.AsSpan(0, parameters)).Trim();
        if (mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
        {
            return new BodyFormat(InspectedBody.Json);
        }

        return mediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) && BoundaryOf(contentType) is { } boundary
            ? new BodyFormat(InspectedBody.Multipart, boundary)
            : default;
    }

    private static string? BoundaryOf(string contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var parsed))
        {
            return null;
        }

        var boundary = HeaderUtilities.RemoveQuotes(parsed.Boundary);
        if (boundary.Length is 0 or > MaxBoundaryLength)
        {
            return null;
        }

        foreach (var c in boundary.AsSpan())
        {
            if (c is < ' ' or > '~')
            {
                return null;
            }
        }

        return boundary.ToString();
    }
}
