using System.Text.RegularExpressions;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests;

/// <summary>A folder uses only folders below it, and only four may name YARP.</summary>
public sealed partial class ArchitectureTests
{
    /// <summary>From the top floor down.</summary>
    private static readonly string[] Folders =
        ["Commands", "Hosting", "Pipeline", "Admission", "Forwarding", "Attempts", "Admin", "Configuration", "Upstream", "Detection", "Streaming", "Telemetry", "Resume", "Protocol", "Transport"];

    private static readonly string[] MayNameYarp = ["Hosting", "Attempts", "Forwarding", "Configuration"];

    private static readonly string Source = Path.Combine(Repository.Root, "src", "EdgeProxy");

    public static TheoryData<string> Files => [.. Folders
        .Select(folder => Path.Combine(Source, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Source, file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void File_UsesOnlyFoldersBelowItsOwn(string file)
    {
        var own = FolderOf(file);
        var text = File.ReadAllText(Path.Combine(Source, file));

        foreach (Match match in Mention().Matches(text))
        {
            var used = match.Groups[1].Value;
            Assert.True(
                used == own || Array.IndexOf(Folders, used) > Array.IndexOf(Folders, own),
                $"{file} names EdgeProxy.{used}, which does not stand below {own}");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void File_OutsideItsFourFolders_DoesNotNameYarp(string file)
    {
        if (!MayNameYarp.Contains(FolderOf(file)))
        {
            Assert.DoesNotContain("Yarp.", File.ReadAllText(Path.Combine(Source, file)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EveryFolder_IsOnTheMap()
    {
        var unknown = Directory.EnumerateDirectories(Source).Select(Path.GetFileName).Except([.. Folders, "bin", "obj"]);

        Assert.Empty(unknown);
    }

    private static string FolderOf(string file) => file.Split(Path.DirectorySeparatorChar)[0];

    [GeneratedRegex(@"\bEdgeProxy\.([A-Z]\w+)\b(?=[.;])")]
    private static partial Regex Mention();
}
