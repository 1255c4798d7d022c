using System.Text.Json;

namespace EdgeProxy.Tests.Protocol;

/// <summary>The recorded provider streams in <c>tests/data/recordings</c>.</summary>
internal static class Recordings
{
    private static readonly string Folder = FindFolder();

    /// <summary>The bytes of one recording.</summary>
    public static byte[] Read(string file) => File.ReadAllBytes(Path.Combine(Folder, file));

    /// <summary>The index entries of the event streams among them.</summary>
    public static List<JsonElement> EventStreams()
    {
        using var index = JsonDocument.Parse(Read("index.json"));
        return [.. index.RootElement.EnumerateArray().Where(entry => entry.GetProperty("kind").GetString() == "sse").Select(entry => entry.Clone())];
    }

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "EdgeProxy.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests do not run inside the repository.");
        }

        return Path.Combine(folder.FullName, "tests", "data", "recordings");
    }
}
