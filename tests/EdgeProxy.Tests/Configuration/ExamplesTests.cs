using System.Text.Json;
using EdgeProxy.Hosting;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Configuration;

/// <summary>Every configuration that the repository shows. What an editor says of them is for the acceptance tests.</summary>
public sealed class ExamplesTests
{
    public static TheoryData<string> Examples => [.. ConfigurationTexts.Files.Where(file => file.StartsWith("config/examples/", StringComparison.Ordinal))];

    public static TheoryData<string> Files => [.. ConfigurationTexts.Files];

    public static TheoryData<string> Fragments => [.. ConfigurationTexts.Fragments.Keys];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_IsCompleteByItself_WithoutErrorsOrWarnings(string file)
    {
        var report = EdgeProxyHost.Check(new() { ConfigPaths = [file], WorkingDirectory = Repository.Root, ReadEnvironment = false });

        Assert.Empty(report.Errors);
        Assert.Empty(report.Warnings);
        Assert.True(report.Routes > 0);
    }

    [Fact]
    public void DefaultConfiguration_StartsCleanly_AndLoadsNoExample()
    {
        var report = EdgeProxyHost.Check(new() { WorkingDirectory = Repository.Root, ReadEnvironment = false });

        Assert.Empty(report.Errors);
        Assert.Equal(["appsettings.json"], report.Files);
        Assert.Equal("ReverseProxy:Routes", Assert.Single(report.Warnings).Path);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void File_NamesTheSchema(string file)
    {
        using var json = JsonDocument.Parse(ConfigurationTexts.Read(file), ConfigurationTexts.Lenient);

        var named = Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, json.RootElement.GetProperty("$schema").GetString()!);

        Assert.Equal(Path.Combine(Repository.Root, ConfigurationTexts.SchemaFile), Path.GetFullPath(named));
    }

    /// <summary>A page may show a part of a configuration; a file of its own would be judged alike.</summary>
    [Theory]
    [MemberData(nameof(Fragments))]
    public void FragmentOfAPage_HasNoErrors(string fragment)
    {
        using var folder = new TempFolder();
        folder.Write("appsettings.json", ConfigurationTexts.Read(fragment));

        Assert.Empty(EdgeProxyHost.Check(folder.Settings).Errors);
    }
}
