namespace EdgeProxy.Configuration;

/// <summary>Guesses what a misspelt word was meant to be.</summary>
internal static class Suggestion
{
    private const int MaxListed = 12;

    /// <summary><c>, did you mean x?</c> for the closest candidate, or nothing when none is close.</summary>
    public static string For(string word, IEnumerable<string> candidates) =>
        Closest(word, candidates) is { } closest ? $", did you mean {closest}?" : "";

    /// <summary>
    /// The candidate closest to the word, without regard to case, by at most a third of its letters (one in words of up to
    /// five). A candidate <c>Section:Key</c> is also found by <c>SectionKey</c> and, if it is spelt right, by <c>Key</c>.
    /// </summary>
    public static string? Closest(string word, IEnumerable<string> candidates)
    {
        var limit = Math.Max(1, word.Length / 3);
        string? closest = null;
        foreach (var candidate in candidates)
        {
            var distance = Distance(word, candidate);
            if (distance < limit || (distance == limit && closest is null))
            {
                // A tie goes to the first: the keys of the section itself stand before those of sections below it.
                (closest, limit) = (candidate, distance);
            }
        }

        return closest;
    }

    /// <summary>The words as a list, the rest of a long one as a number.</summary>
    public static string List(IReadOnlyCollection<string> words) => words.Count switch
    {
        0 => "none",
        <= MaxListed => string.Join(", ", words),
        _ => $"{string.Join(", ", words.Take(MaxListed))} and {words.Count - MaxListed} more",
    };

    private static int Distance(string word, string candidate)
    {
        var colon = candidate.LastIndexOf(':');
        if (colon < 0)
        {
            return EditDistance(word, candidate);
        }

        return word.Equals(candidate[(colon + 1)..], StringComparison.OrdinalIgnoreCase)
            ? 0
            : EditDistance(word, candidate.Replace(":", "", StringComparison.Ordinal));
    }

    /// <summary>Letters added, dropped, changed or swapped with their neighbour (optimal string alignment).</summary>
    private static int EditDistance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var same = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]);
                var best = Math.Min(rows[i - 1, j - 1] + (same ? 0 : 1), 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1
                    && char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 2])
                    && char.ToUpperInvariant(left[i - 2]) == char.ToUpperInvariant(right[j - 1]))
                {
                    best = Math.Min(best, rows[i - 2, j - 2] + 1);
                }

                rows[i, j] = best;
            }
        }

        return rows[left.Length, right.Length];
    }
}
