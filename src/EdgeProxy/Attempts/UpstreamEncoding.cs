using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Attempts;

/// <summary>Undoes an upstream's content encoding while it streams.</summary>
internal static class UpstreamEncoding
{
    /// <summary>
    /// Puts a decoding stream in the place of the response's content where it is encoded. Returns whether the content can be read now:
    /// not for an unknown encoding, or for several on top of each other.
    /// </summary>
    public static async ValueTask<bool> TryDecodeAsync(IHeaderDictionary headers, HttpResponseMessage upstream)
    {
        var encoding = headers.ContentEncoding;
        if (encoding.Count == 0 || IsNamed(encoding, "identity"))
        {
            return true;
        }

        Func<Stream, Stream>? decode =
            IsNamed(encoding, "gzip") || IsNamed(encoding, "x-gzip") ? encoded => new GZipStream(encoded, CompressionMode.Decompress)
            : IsNamed(encoding, "br") ? encoded => new BrotliStream(encoded, CompressionMode.Decompress)
            : IsNamed(encoding, "deflate") ? encoded => new ZLibStream(encoded, CompressionMode.Decompress)
            : null;
        if (decode is null)
        {
            return false;
        }

        upstream.Content = new StreamContent(decode(await upstream.Content.ReadAsStreamAsync()));
        headers.Remove(HeaderNames.ContentEncoding);
        headers.Remove(HeaderNames.ContentLength);
        return true;
    }

    private static bool IsNamed(Microsoft.Extensions.Primitives.StringValues encoding, string name) =>
        string.Equals(encoding.ToString().Trim(), name, StringComparison.OrdinalIgnoreCase);
}
