using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Protocol;

/// <summary>How long an upstream asks to be left alone: <c>Retry-After</c> (RFC 9110, 10.2.3) and <c>retry-after-ms</c>.</summary>
internal static class RetryAfter
{
    /// <summary>A longer wait than this, however it is written, is this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>
    /// Reads a <c>Retry-After</c>: seconds (a fraction is tolerated, as SDKs do) or an HTTP date, counted from
    /// <paramref name="now"/>; a date that has passed is zero. Null for anything else.
    /// </summary>
    public static TimeSpan? Parse(string? headerValue, DateTimeOffset now)
    {
        if (ParseSeconds(headerValue) is { } wait)
        {
            return wait;
        }

        return HeaderUtilities.TryParseDate(headerValue, out var date) ? Bound(date - now) : null;
    }

    /// <summary>Reads seconds alone, a fraction included. Null if it is no number.</summary>
    public static TimeSpan? ParseSeconds(string? text) => ParseNumber(text, TimeSpan.TicksPerSecond);

    /// <summary>Reads a <c>retry-after-ms</c>, which OpenAI and Azure send beside the other and which is the finer one. Null if it is no number.</summary>
    public static TimeSpan? ParseMilliseconds(string? headerValue) => ParseNumber(headerValue, TimeSpan.TicksPerMillisecond);

    private static TimeSpan? ParseNumber(string? text, long ticksPerUnit)
    {
        const NumberStyles Plain = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        if (!double.TryParse(text, Plain, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
        {
            return null;
        }

        var ticks = number * ticksPerUnit;
        return ticks >= Longest.Ticks ? Longest : TimeSpan.FromTicks((long)ticks);
    }

    private static TimeSpan Bound(TimeSpan wait) => wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait;
}
