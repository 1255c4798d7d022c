using System.Globalization;
using System.Text;
using EdgeProxy.Protocol;

namespace EdgeProxy.Commands.Probe;

/// <summary>
/// Makes text that a server chose fit for a terminal, a log and a report: what the request kept secret is hidden where the server
/// sends it back, and nothing in it can move the cursor, change the title or reverse the line.
/// </summary>
/// <param name="secrets">The texts to hide. Ones of fewer than <see cref="ShortestSecret"/> characters are left: they would stand in any text.</param>
internal sealed class ServerText(IEnumerable<string> secrets)
{
    /// <summary>In characters.</summary>
    public const int ShortestSecret = 8;

    private const string Hidden = "[hidden]";

    // A secret may hold another: the longer one goes first.
    private readonly string[] _secrets = [.. secrets.Where(static secret => secret.Length >= ShortestSecret).Distinct().OrderByDescending(static secret => secret.Length)];

    /// <summary>At most <paramref name="limit"/> characters of the text, before they are escaped.</summary>
    public string Show(string text, int limit)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        }

        return text.Length <= limit ? Escape(text) : Escape(ErrorObject.Clip(text, limit)) + "…";
    }

    /// <summary>Writes everything that a terminal may act upon, or that cannot be seen, as <c>\u{…}</c>; line ends and tabs as <c>\n</c>, <c>\r</c>, <c>\t</c>.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\n':
                    escaped.Append("\\n");
                    break;
                case '\r':
                    escaped.Append("\\r");
                    break;
                case '\t':
                    escaped.Append("\\t");
                    break;
                case var value when IsSafe(rune):
                    escaped.Append(rune.ToString());
                    break;
                case var value:
                    escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{value:X}}}");
                    break;
            }
        }

        return escaped.ToString();
    }

    private static bool IsSafe(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
