using System.Text.Json;
using EdgeProxy.AcceptanceTests.Sdks;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Parts;

/// <summary>npm packages, most of them official SDKs, driven by the scripts in <c>clients/</c>.</summary>
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
    public static Task<ClientOutcome> AskAsync(string script, string package, string entry, Uri baseUrl, int? maxRetries) =>
        RunAsync<ClientOutcome>(script, [package], JsonSerializer.Serialize(new { baseUrl, entry, maxRetries }, JsonSerializerOptions.Web));

    /// <summary>Runs a script with one argument and reads the JSON that it prints.</summary>
    /// <param name="script">The script's name, without extension.</param>
    /// <param name="packages">The npm packages that it needs.</param>
    /// <param name="argument">The argument.</param>
    public static async Task<T> RunAsync<T>(string script, string[] packages, string argument)
    {
        var node = RealPart.Program("node");
        foreach (var package in packages)
        {
            RealPart.Demand(Directory.Exists(Path.Combine(Folder, "node_modules", package)), $"npm package {package}");
        }

        await using var process = ExternalProcess.Start(node, [Path.Combine(Folder, script + ".mjs"), argument], Folder);
        var output = await process.OutputAsync(Limit);
        Assert.True(output.Length > 0, $"{script}.mjs printed nothing: {process.Errors}");
        return JsonSerializer.Deserialize<T>(output, JsonSerializerOptions.Web)!;
    }
}
