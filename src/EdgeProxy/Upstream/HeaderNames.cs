using System.Buffers;
using System.Text;

namespace EdgeProxy.Upstream;

/// <summary>The names of headers as strings, without making the same string again for each response.</summary>
internal static class HeaderNames
{
    // RFC 9110 section 5.6.2, token.
    private static readonly SearchValues<byte> Token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    // What a hostile backend can make this keep is bounded so.
    private const int LongestKept = 64;

    private static readonly string?[] Seen = new string?[256];

    /// <summary>The name that these bytes spell, or null if they are none.</summary>
    public static string? Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.ContainsAnyExcept(Token))
        {
            return null;
        }

        if (name.Length > LongestKept)
        {
            return Encoding.ASCII.GetString(name);
        }

        // One place for each length and first and last letters: what a backend sends with every answer settles there.
        ref var place = ref Seen[(byte)((name.Length * 31) + (name[0] * 7) + name[^1] + name[name.Length / 2])];
        if (place is { } known && Ascii.Equals(name, known))
        {
            return known;
        }

        return place = Encoding.ASCII.GetString(name);
    }
}
