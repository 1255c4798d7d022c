using System.Globalization;

namespace EdgeProxy.Protocol;

/// <summary>What shipped clients get wrong, as far as a request tells.</summary>
internal static class ClientQuirks
{
    private const string OpenAIGo = "OpenAI/Go ";

    /// <summary>
    /// Whether a comment must end with one newline: openai-go before 3.43 dispatches an empty event at the blank line behind a
    /// comment and dies of it (openai-go issues 556 and 621). It says <c>OpenAI/Go 3.42.0</c>, maybe among other products.
    /// </summary>
    public static bool NeedsSingleNewline(string? userAgent)
    {
        var agent = userAgent.AsSpan();
        var start = agent.IndexOf(OpenAIGo, StringComparison.OrdinalIgnoreCase);
        if (start < 0 || (start > 0 && agent[start - 1] != ' '))
        {
            return false;
        }

        var version = agent[(start + OpenAIGo.Length)..];
        return TryReadNumber(ref version, out var major)
            && (major < 3 || (major == 3 && version is ['.', ..] && TryReadNumber(ref version, out var minor) && minor < 43));
    }

    /// <summary>Reads the digits at the start, after one dot if there is one.</summary>
    private static bool TryReadNumber(ref ReadOnlySpan<char> text, out int number)
    {
        text = text.TrimStart('.');
        var length = text.IndexOfAnyExceptInRange('0', '9');
        length = length < 0 ? text.Length : length;
        var digits = text[..length];
        text = text[length..];
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
