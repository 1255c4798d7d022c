using System.Text.Json;

namespace EdgeProxy.TestKit;

/// <summary>The recorded provider streams in <c>tests/data/recordings</c>.</summary>
internal static class Recordings
{
    private static readonly Lazy<IReadOnlyList<Recording>> Loaded = new(Load);

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<Recording> All => Loaded.Value;

    /// <summary>The event streams among them.</summary>
    public static IEnumerable<Recording> EventStreams => All.Where(static recording => recording.IsEventStream);

    /// <summary>One by its file name.</summary>
    public static Recording Get(string file) => All.Single(recording => recording.File == file);

    private static Recording[] Load()
    {
        var folder = Path.Combine(Repository.Root, "tests", "data", "recordings");
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "index.json")));
        return [.. index.RootElement.EnumerateArray()
            .Select(entry => new Recording(entry, File.ReadAllBytes(Path.Combine(folder, entry.GetProperty("file").GetString()!))))
            .OrderBy(static recording => recording.File, StringComparer.Ordinal)];
    }
}
