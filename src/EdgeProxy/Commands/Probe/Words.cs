using System.Globalization;

namespace EdgeProxy.Commands.Probe;

/// <summary>Numbers as a person reads them.</summary>
internal static class Words
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Seconds with a tenth, or milliseconds where there is less than one.</summary>
    public static string Seconds(TimeSpan time) => time < Second
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    /// <summary>So many of something.</summary>
    public static string Count(long number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
