using System.Globalization;

namespace EdgeProxy.Bench.Report;

/// <summary>How figures are written.</summary>
internal static class Number
{
    /// <summary>What stands where nothing was measured.</summary>
    public const string Nothing = "–";

    public static string Of(double value, int decimals) => value.ToString("N" + decimals, CultureInfo.InvariantCulture);

    /// <summary>The median, and in brackets lowest and highest where they differ from it as written.</summary>
    public static string Of(RoundSpread? spread, int decimals)
    {
        if (spread is not { } known)
        {
            return Nothing;
        }

        var (median, lowest, highest) = (Of(known.Median, decimals), Of(known.Lowest, decimals), Of(known.Highest, decimals));
        return lowest == highest ? median : $"{median} ({lowest}–{highest})";
    }

    /// <summary>A ratio: two digits after the point.</summary>
    public static string Ratio(RoundSpread? spread) => spread is { } known ? Of(known.Median, 2) : Nothing;
}
