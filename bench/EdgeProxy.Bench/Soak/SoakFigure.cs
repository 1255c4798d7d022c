using System.Globalization;

namespace EdgeProxy.Bench.Soak;

/// <summary>One figure of a sample that must return to where it began.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="Of">Reads it.</param>
/// <param name="Allowed">The most that it may be at the end, by what it was at the start.</param>
/// <param name="Tolerance">That in words, with the reason.</param>
/// <param name="IsBytes">Whether it is written in MB.</param>
internal sealed record SoakFigure(string Name, Func<SoakSample, long> Of, Func<long, long> Allowed, string Tolerance, bool IsBytes = false)
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<SoakFigure> All =
    [
        new("active streams", static sample => sample.Streams, static _ => 0, "0"),
        new("buffers rented", static sample => sample.Buffers, static _ => 0, "0"),
        new("descriptors", static sample => sample.Descriptors, static start => start + 8, "+ 8: idle connections whose end has not been noticed yet"),
        new("threads", static sample => sample.Threads, static start => start + 8, "+ 8: the pool lets its threads go one by one, after 20 s each"),
        new(
            "managed heap", static sample => sample.Heap, static start => start + (start / 4) + (4 * Megabyte),
            "+ 25 % + 4 MB: series of metrics, recent streams, pools that are filled once", IsBytes: true),
        new(
            "PSS", static sample => sample.Pss, static start => start + (start / 4) + (32 * Megabyte),
            "+ 25 % + 32 MB: the collector keeps regions for the next load, and code that became hot is compiled again", IsBytes: true),
    ];

    /// <summary>Figures that are shown and not judged.</summary>
    public static readonly IReadOnlyList<SoakFigure> Shown =
        [new("RSS", static sample => sample.Rss, static _ => long.MaxValue, "(shared pages counted whole: not judged)", IsBytes: true)];

    /// <summary>Whether it has returned.</summary>
    public bool HasReturned(SoakSample start, SoakSample end) => Of(end) <= Allowed(Of(start));

    /// <summary>It as text.</summary>
    public string Text(SoakSample sample) =>
        IsBytes ? (Of(sample) / (double)Megabyte).ToString("0.0 MB", CultureInfo.InvariantCulture) : Of(sample).ToString(CultureInfo.InvariantCulture);
}
