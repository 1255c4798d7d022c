using System.Buffers;
using System.Globalization;

namespace EdgeProxy.Upstream;

/// <summary>
/// Parts of an <c>http</c> URL from its text, where <see cref="Uri"/> would leave them as they are written. YARP makes a new one for
/// each request; one that nobody asks for its parts is never parsed, which would be a fiftieth of a plain request's time.
/// </summary>
internal static class HttpUrl
{
    private const string Scheme = "http://";

    // RFC 3986's unreserved characters and delimiters. Uri rewrites others, and escapes too.
    private static readonly SearchValues<char> Kept =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/?");

    /// <summary>Host and port, as they are written where that is plain: one destination may have several.</summary>
    public static ReadOnlySpan<char> Authority(Uri uri)
    {
        var text = uri.OriginalString.AsSpan();
        return TrySplit(text, out var path) ? text[Scheme.Length..path] : uri.Authority;
    }

    /// <summary>What a <c>Host</c> header says of it (RFC 9112 section 3.2): the port only where it is not the scheme's own.</summary>
    public static string HostHeader(Uri uri)
    {
        var name = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        return uri.IsDefaultPort ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{uri.Port}");
    }

    /// <summary>The same as <see cref="Uri.PathAndQuery"/>.</summary>
    public static ReadOnlySpan<char> PathAndQuery(Uri uri)
    {
        var text = uri.OriginalString.AsSpan();
        if (!TrySplit(text, out var path))
        {
            return uri.PathAndQuery;
        }

        // A segment that begins with a dot may be "." or "..", which Uri takes out.
        var target = text[path..];
        return target.ContainsAnyExcept(Kept) || target.Contains("/.", StringComparison.Ordinal) ? uri.PathAndQuery : target;
    }

    private static bool TrySplit(ReadOnlySpan<char> text, out int path)
    {
        path = 0;
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }

        var length = text[Scheme.Length..].IndexOfAny("/?#\\");
        path = Scheme.Length + length;
        return length > 0 && text[path] == '/';
    }
}
