using EdgeProxy.Hosting;

namespace EdgeProxy.Tests.Configuration;

/// <summary>The configuration files of the repository itself.</summary>
public sealed class ExamplesTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Examples => [.. Directory.GetFiles(Path.Combine(Root, "config", "examples")).Select(file => Path.GetRelativePath(Root, file))];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_IsCompleteByItself_WithoutErrorsOrWarnings(string file)
    {
        var report = EdgeProxyHost.Check(new() { ConfigPaths = [file], WorkingDirectory = Root, ReadEnvironment = false });

        Assert.Empty(report.Errors);
        Assert.Empty(report.Warnings);
        Assert.True(report.Routes > 0);
    }

    [Fact]
    public void DefaultConfiguration_StartsCleanly_AndLoadsNoExample()
    {
        var report = EdgeProxyHost.Check(new() { WorkingDirectory = Root, ReadEnvironment = false });

        Assert.Empty(report.Errors);
        Assert.Equal(["appsettings.json"], report.Files);
        Assert.Equal("ReverseProxy:Routes", Assert.Single(report.Warnings).Path);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "EdgeProxy.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository's root was not found.");
        }

        return folder.FullName;
    }
}
