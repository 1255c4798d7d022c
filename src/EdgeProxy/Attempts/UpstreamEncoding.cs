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
        if (IsPlain(headers))
        {
            return true;
        }

        if (Decoder(headers) is not { } decode)
        {
            return false;
        }

        upstream.Content = new StreamContent(decode(await upstream.Content.ReadAsStreamAsync()));
        headers.Remove(HeaderNames.ContentEncoding);
        headers.Remove(HeaderNames.ContentLength);
        return true;
    }

    /// <summary>Whether content with these headers can be read, decoded or not.</summary>
    public static bool IsReadable(IHeaderDictionary headers) => IsPlain(headers) || Decoder(headers) is not null;

    private static bool IsPlain(IHeaderDictionary headers) => headers.ContentEncoding.Count == 0 || IsNamed(headers.ContentEncoding, "identity");

    private static Func<Stream, Stream>? Decoder(IHeaderDictionary headers)
    {
        var encoding = headers.ContentEncoding;
        return IsNamed(encoding, "gzip") || IsNamed(encoding, "x-gzip") ? static encoded => new GZipStream(encoded, CompressionMode.Decompress)
            : IsNamed(encoding, "br") ? static encoded => new BrotliStream(encoded, CompressionMode.Decompress)
            : IsNamed(encoding, "deflate") ? static encoded => new ZLibStream(encoded, CompressionMode.Decompress)
            : null;
    }

    private static bool IsNamed(Microsoft.Extensions.Primitives.StringValues encoding, string name) =>
        string.Equals(encoding.ToString().Trim(), name, StringComparison.OrdinalIgnoreCase);
}
