using System.Text.RegularExpressions;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Configuration.Reference;

/// <summary>Files of the repository that are made from the source.</summary>
public sealed partial class GeneratedFilesTests
{
    /// <summary>With this variable at <c>1</c> the test writes the files instead of comparing them.</summary>
    private const string UpdateVariable = "EDGEPROXY_UPDATE";

    [Fact]
    public void Schema_IsWhatTheSourceSays() => Compare(ConfigurationTexts.SchemaFile, new ConfigurationSchema().ToString());

    [Fact]
    public void Reference_IsWhatTheSourceSays() => Compare("docs/configuration-reference.md", new ReferencePage().ToString());

    /// <summary>A section that is renamed must not leave links behind that lead nowhere.</summary>
    [Fact]
    public void LinkIntoTheReference_LeadsSomewhere()
    {
        var headings = Heading().Matches(new ReferencePage().ToString()).Select(heading => ReferencePage.Anchor(heading.Groups[1].Value)).ToHashSet();
        var pages = Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md"));
        var links = pages.SelectMany(page => Link().Matches(File.ReadAllText(page))).Select(link => link.Groups[1].Value).ToHashSet();

        Assert.NotEmpty(links);
        Assert.Empty(links.Except(headings));
    }

    private static void Compare(string file, string expected)
    {
        var path = Path.Combine(Repository.Root, file);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        var actual = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        Assert.True(expected == actual, $"{file} is stale. Update it: {UpdateVariable}=1 dotnet run --project tests/EdgeProxy.Tests -- -class \"*.GeneratedFilesTests\"");
    }

    [GeneratedRegex("^## `(.+)`$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\((?:docs/)?(?:configuration-reference\.md)?#(edgeproxy\w*)\)")]
    private static partial Regex Link();
}
