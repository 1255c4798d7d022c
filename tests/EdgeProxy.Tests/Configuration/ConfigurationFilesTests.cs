using EdgeProxy.Configuration;
using EdgeProxy.Hosting;

namespace EdgeProxy.Tests.Configuration;

/// <summary>Which files count, in which order, and what is said of one that cannot be read.</summary>
public sealed class ConfigurationFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WithoutPaths_AppsettingsComesFirst_ThenTheConfigFolderByOrdinalName()
    {
        _folder.Write("appsettings.json", """{ "urls": "appsettings" }""");
        _folder.Write("config/b.json", """{ "urls": "b" }""");
        _folder.Write("config/B.json", """{ "urls": "B" }""");
        _folder.Write("config/10.json", """{ "urls": "10" }""");
        _folder.Write("config/.hidden.json", "not read");
        _folder.Write("config/readme.txt", "not read");
        _folder.Write("config/examples/x.json", "not read");

        var contents = ConfigurationFiles.Default(_folder.Path).Load();

        Assert.Empty(contents.Problems);
        Assert.Equal(["appsettings.json", "config/10.json", "config/B.json", "config/b.json"], contents.Files);
        Assert.Equal("b", contents.Data["URLS"]);
    }

    [Fact]
    public void WithoutPaths_NothingNeedsToExist()
    {
        var contents = ConfigurationFiles.Default(_folder.Path).Load();

        Assert.Empty(contents.Problems);
        Assert.Empty(contents.Files);
    }

    [Fact]
    public void WithPaths_ThoseAloneAreRead_InTheOrderGiven()
    {
        _folder.Write("appsettings.json", """{ "urls": "appsettings" }""");
        _folder.Write("one.json", """{ "urls": "one", "one": "1" }""");
        _folder.Write("folder/two.json", """{ "urls": "two" }""");

        var contents = ConfigurationFiles.Explicit(["folder", _folder.At("one.json")], _folder.Path).Load();

        Assert.Equal(["folder/two.json", _folder.At("one.json")], contents.Files);
        Assert.Equal("one", contents.Data["urls"]);
        Assert.Equal(_folder.At("one.json"), contents.TopLevelKeys["one"]);
    }

    [Fact]
    public void PathThatDoesNotExist_IsAnError()
    {
        var contents = ConfigurationFiles.Explicit(["no/such.json", "nor/this"], _folder.Path).Load();

        Assert.Equal(["no/such.json", "nor/this"], contents.Problems.Select(problem => problem.Path));
        Assert.All(contents.Problems, problem => Assert.Equal("does not exist", problem.Message));
    }

    [Theory]
    [InlineData("{\n  \"urls\": \"x\"\n  \"b\": 1\n}", "at line 3, position 3")]
    [InlineData("{", "at line 1, position 2")]
    [InlineData("", "at line 1, position 1")]
    [InlineData("[]", "must be an object")]
    [InlineData("{ \"a\": 1, \"A\": 2 }", "duplicate key")]
    [InlineData("\u0000\u0001", "at line 1")]
    public void FileThatIsNoJsonObject_IsOneErrorWithFileAndPosition(string text, string expected)
    {
        _folder.Write("appsettings.json", text);
        _folder.Write("config/typo.json", """{ "EdgeProxy": { "Typo": 1 } }""");

        var report = EdgeProxyHost.Check(_folder.Settings);

        var error = Assert.Single(report.Errors);
        Assert.Equal("appsettings.json", error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.ToString());
    }

    [Fact]
    public void EveryBadFile_IsReported()
    {
        _folder.Write("config/a.json", "{");
        _folder.Write("config/b.json", "}");

        Assert.Equal(["config/a.json", "config/b.json"], EdgeProxyHost.Check(_folder.Settings).Errors.Select(error => error.Path));
    }

    [Fact]
    public void CommentsTrailingCommasByteOrderMarkAndSchema_AreFine()
    {
        _folder.Write("appsettings.json", "\uFEFF" + $$"""
            {
              "$schema": "./edgeproxy.schema.json",
              // a comment
              {{Judge.Proxy}}, /* another */
            }
            """);

        var report = EdgeProxyHost.Check(_folder.Settings);

        Assert.Empty(report.Errors);
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public void LaterFile_StandsOverAnEarlierOneKeyByKey()
    {
        _folder.Write("config/1.json", """{ "EdgeProxy": { "StreamPolicies": { "Default": { "Primer": { "After": "00:00:05", "PaddingBytes": 7 } } } } }""");
        _folder.Write("config/2.json", """{ "edgeproxy": { "streampolicies": { "default": { "primer": { "after": "00:00:06" } } } } }""");

        var data = ConfigurationFiles.Default(_folder.Path).Load().Data;

        Assert.Equal("00:00:06", data["EdgeProxy:StreamPolicies:Default:Primer:After"]);
        Assert.Equal("7", data["EdgeProxy:StreamPolicies:Default:Primer:PaddingBytes"]);
    }

    [Fact]
    public void Fingerprint_ChangesWithContentTimeNameAndNumberOfFiles_AndElseStandsStill()
    {
        _folder.Write("config/a.json", "{}");
        var files = ConfigurationFiles.Default(_folder.Path);
        var seen = new HashSet<string>();

        Assert.True(IsNew());
        Assert.False(IsNew());

        _folder.Write("config/a.json", "{ }");
        Assert.True(IsNew());

        File.SetLastWriteTimeUtc(_folder.At("config/a.json"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.True(IsNew());

        _folder.Write("config/b.json", "{}");
        Assert.True(IsNew());

        File.Move(_folder.At("config/b.json"), _folder.At("config/c.json"));
        Assert.True(IsNew());

        _folder.Write("appsettings.json", "{}");
        Assert.True(IsNew());
        Assert.False(IsNew());

        bool IsNew() => seen.Add(files.Fingerprint());
    }

    [Fact]
    public void Fingerprint_OfASwappedFolderLink_ChangesThoughTheFilesAreAlike()
    {
        var time = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach (var version in new[] { "v1", "v2" })
        {
            _folder.Write($"{version}/a.json", "{}");
            File.SetLastWriteTimeUtc(_folder.At($"{version}/a.json"), time);
        }

        Directory.CreateSymbolicLink(_folder.At("..data"), "v1");
        Directory.CreateDirectory(_folder.At("config"));
        File.CreateSymbolicLink(_folder.At("config/a.json"), "../..data/a.json");
        var files = ConfigurationFiles.Default(_folder.Path);
        var before = files.Fingerprint();

        Directory.Delete(_folder.At("..data"));
        Directory.CreateSymbolicLink(_folder.At("..data"), "v2");

        Assert.NotEqual(before, files.Fingerprint());
    }

    [Fact]
    public void LinksThatGoInACircle_AreAnErrorAndNoCrash()
    {
        File.CreateSymbolicLink(_folder.At("a.json"), "b.json");
        File.CreateSymbolicLink(_folder.At("b.json"), "a.json");

        var contents = ConfigurationFiles.Explicit(["a.json"], _folder.Path).Load();

        Assert.Equal("a.json", Assert.Single(contents.Problems).Path);
    }
}
