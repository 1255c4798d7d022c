using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeProxy.Bench.Soak;

/// <summary>What a proxy holds at one moment.</summary>
/// <param name="At">Since the soak's start.</param>
/// <param name="Heap">The managed heap after the last collection, bytes.</param>
/// <param name="Pss">The process's share of memory, bytes.</param>
/// <param name="Rss">Its resident memory, bytes.</param>
/// <param name="Descriptors">Open files and sockets.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Streams">Open streams.</param>
/// <param name="Buffers">Pooled buffers held.</param>
/// <param name="Collections">Garbage collections so far: youngest generation, middle, all.</param>
internal sealed partial record SoakSample(
    TimeSpan At, long Heap, long Pss, long Rss, int Descriptors, int Threads, int Streams, int Buffers, (long Gen0, long Gen1, long Gen2) Collections)
{
    /// <summary>Takes one.</summary>
    public static async Task<SoakSample> TakeAsync(HttpClient http, SoakProxy proxy, TimeSpan at)
    {
        var metrics = await http.GetStringAsync(new Uri(proxy.Admin, "/metrics"));
        return new(
            at,
            Sum("dotnet_gc_last_collection_heap_size_bytes"),
            Kilobytes("smaps_rollup", "Pss:"),
            Kilobytes("status", "VmRSS:"),
            Directory.GetFiles($"/proc/{proxy.Id}/fd").Length,
            (int)Proc("status", "Threads:"),
            (int)Sum("edgeproxy_streams_active"),
            (int)Sum("edgeproxy_buffers_rented"),
            (Sum("dotnet_gc_collections_total", "gen0"), Sum("dotnet_gc_collections_total", "gen1"), Sum("dotnet_gc_collections_total", "gen2")));

        long Sum(string name, string label = "") => Series().Matches(metrics)
            .Where(match => match.Groups[1].Value == name && match.Groups[2].Value.Contains(label, StringComparison.Ordinal))
            .Sum(static match => (long)double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture));

        long Kilobytes(string file, string key) => Proc(file, key) * 1024;

        long Proc(string file, string key)
        {
            var line = File.ReadLines($"/proc/{proxy.Id}/{file}").First(line => line.StartsWith(key, StringComparison.Ordinal));
            return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
    }

    [GeneratedRegex(@"^(\w+)(?:\{(.*)\})? (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Series();
}
