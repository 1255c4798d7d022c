using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeProxy.Configuration;

namespace EdgeProxy.TestKit;

/// <summary>Every configuration that the repository shows: files of their own, and fragments in its pages.</summary>
internal static partial class ConfigurationTexts
{
    /// <summary>The schema of configuration files, from the repository's root.</summary>
    public const string SchemaFile = "config/schema/edgeproxy.schema.json";

    /// <summary>How the product reads JSON.</summary>
    public static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The configuration files, from the repository's root.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        "appsettings.json",
        .. Find("config", "*.json").Where(file => !file.StartsWith(Path.GetDirectoryName(SchemaFile)!, StringComparison.Ordinal)),
    ];

    /// <summary>The fragments of pages, by <c>page:line</c>.</summary>
    public static IReadOnlyDictionary<string, string> Fragments { get; } =
        Find("docs", "*.md").Concat(["README.md", "config/README.md"]).SelectMany(FragmentsOf).ToDictionary(StringComparer.Ordinal);

    /// <summary>A file's or a fragment's text.</summary>
    public static string Read(string name) =>
        Fragments.TryGetValue(name, out var text) ? text : File.ReadAllText(Path.Combine(Repository.Root, name));

    private static IEnumerable<string> Find(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, string>> FragmentsOf(string page)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, page));
        foreach (Match match in Fence().Matches(text))
        {
            var fragment = match.Groups["text"].Value;
            if (IsConfiguration(fragment, page))
            {
                yield return new($"{page}:{text.AsSpan(0, match.Index).Count('\n') + 1}", fragment);
            }
        }
    }

    /// <summary>Pages also show JSON that goes over the wire. What looks like a section, if only nearly, is configuration.</summary>
    private static bool IsConfiguration(string fragment, string page)
    {
        try
        {
            return JsonNode.Parse(fragment, documentOptions: Lenient) is JsonObject root
                && root.Any(member => Suggestion.Closest(member.Key, ConfigurationValidator.TopLevelKeys) is not null);
        }
        catch (JsonException failure)
        {
            throw new InvalidOperationException($"{page} has a JSON fragment that is none: {failure.Message}\n{fragment}", failure);
        }
    }

    [GeneratedRegex(@"^[ ]*```jsonc?\b[^\n]*\n(?<text>.*?)^[ ]*```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
