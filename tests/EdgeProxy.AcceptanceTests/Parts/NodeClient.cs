using System.Text.Json;
using EdgeProxy.AcceptanceTests.Sdks;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Parts;

/// <summary>An official npm SDK, driven by one of the scripts in <c>clients/</c>.</summary>
internal static class NodeClient
{
    /// <summary>Where the scripts and their packages lie.</summary>
    public static readonly string Folder = Path.Combine(Repository.Root, "tests", "EdgeProxy.AcceptanceTests", "clients");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Asks once through the SDK and says what a program would have seen.</summary>
    /// <param name="script">The script's name, without extension.</param>
    /// <param name="package">The npm package that it needs.</param>
    /// <param name="entry">The SDK's entry point, one of the script's.</param>
    /// <param name="baseUrl">The base URL given to the SDK.</param>
    /// <param name="maxRetries">The SDK's setting; null leaves its default.</param>
    public static async Task<ClientOutcome> AskAsync(string script, string package, string entry, Uri baseUrl, int? maxRetries)
    {
        var node = RealPart.Program("node");
        RealPart.Demand(Directory.Exists(Path.Combine(Folder, "node_modules", package)), $"npm package {package}");
        var argument = JsonSerializer.Serialize(new { baseUrl, entry, maxRetries }, JsonSerializerOptions.Web);
        await using var process = ExternalProcess.Start(node, [Path.Combine(Folder, script + ".mjs"), argument], Folder);
        var output = await process.OutputAsync(Limit);
        Assert.True(output.Length > 0, $"{script}.mjs printed nothing: {process.Errors}");
        return JsonSerializer.Deserialize<ClientOutcome>(output, JsonSerializerOptions.Web)!;
    }
}
