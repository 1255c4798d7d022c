using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Report;

/// <summary>What a run leaves behind: every cell of every round, and the tables made of them.</summary>
internal static class RunFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <c>artifacts/bench/NAME.json</c> and <c>NAME.md</c>.</summary>
    /// <returns>The first one's path.</returns>
    public static async Task<string> WriteAsync(string name, RunSettings settings, IReadOnlyList<ProxyRow> proxies, IReadOnlyList<Cell> cells, string tables)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Installed.Root, "artifacts", "bench")).FullName;
        var file = Path.Combine(folder, name + ".json");
        var run = new { At = TimeProvider.System.GetUtcNow(), Machine = Machine.Line, Settings = settings, Proxies = proxies, Cells = cells };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(run, Options));
        await File.WriteAllTextAsync(Path.ChangeExtension(file, ".md"), tables);
        return file;
    }
}
