using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Detection;

/// <summary>Comma-separated headers (RFC 9110 5.6.1).</summary>
internal static class HeaderList
{
    /// <summary>Whether <paramref name="header"/> names anything but <paramref name="harmless"/>.</summary>
    public static bool NamesOtherThan(StringValues header, string harmless)
    {
        foreach (var line in header)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                var token = line.AsSpan(range).Trim();
                if (!token.IsEmpty && !token.Equals(harmless, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
