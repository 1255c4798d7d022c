using EdgeProxy.Configuration;

namespace EdgeProxy.Tests.Configuration;

/// <summary>What is said of a changed configuration that is not taken over, and when.</summary>
public sealed class RefusalTests : IDisposable
{
    private const string Good = """
        {
          "EdgeProxy": { "StreamPolicies": { "Default": { "Primer": { "After": "00:00:07" } } } },
          "ReverseProxy": {
            "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/{**rest}" } } },
            "Clusters": { "c": { "Destinations": { "d": { "Address": "http://127.0.0.1:1/" } } } }
          }
        }
        """;

    private readonly TempFolder _folder = new();

    public RefusalTests() => _folder.Write("appsettings.json", Good);

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, long?, long?> BadFiles() => new()
    {
        { "{\n  \"EdgeProxy\": {\n    \"Drain\": { \"Timeout\": }\n", "config/x.json", 3, 27 },
        { "", "config/x.json", 1, 1 },
        { "{\n\n  \"EdgeProxy\": {\n    \"Drane\": {}\n  }\n}", "EdgeProxy:Drane", 4, null },
        { "\uFEFF{\r\n  \"edgeproxy\": {\r\n    // why\r\n    \"drain:timeout\": \"soon\" } }", "EdgeProxy:Drain:Timeout", 4, null },
        { "{\n \"EdgeProxy\": { \"StreamPolicies\": { \"Default\": { \"Attempts\": { \"RetryStatuses\": [\n 500,\n 200 ] } } } } }", "EdgeProxy:StreamPolicies:Default:Attempts:RetryStatuses:1", 4, null },
        { "{\n \"ReverseProxy\": { \"Clusters\": {\n  \"empty\": {} } } }", "ReverseProxy:Clusters:empty", 3, null },
        { "{\n \"ReverseProxy\": {\n \"Routes\": {\n \"r\": { \"ClusterId\": \"gone\" } } } }", "ReverseProxy:Routes:r:ClusterId", 4, null },
    };

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task Refusal_NamesTimeFileAndLine(string text, string path, long? line, long? position)
    {
        await using var proxy = new LiveProxy(_folder.Settings);
        var before = TimeProvider.System.GetUtcNow();

        _folder.Write("config/x.json", text);
        proxy.Poll();

        var refusal = proxy.State.LastRefusal!;
        Assert.InRange(refusal.At, before, TimeProvider.System.GetUtcNow());
        var problem = refusal.Problems.First(problem => problem.Path.StartsWith(path, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(("config/x.json", line, position), (problem.File, problem.Line, problem.Position));
        var said = Assert.Single(proxy.Errors);
        Assert.Contains(path, said, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("config/x.json", said, StringComparison.Ordinal);
        Assert.Contains($"line {line}", said, StringComparison.Ordinal);
        Assert.EndsWith(refusal.ToString(), said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllProblemsOfAllFiles_AreInTheRefusal()
    {
        await using var proxy = new LiveProxy(_folder.Settings);

        _folder.Write("config/a.json", """{ "EdgeProxy": { "Drane": {} } }""");
        _folder.Write("config/b.json", "{\n" + """ "ReverseProxy": { "Routes": { "r": { "Metadata": { "StreamPolicy": "nowhere" } } } } }""");
        proxy.Poll();

        Assert.Equal(
            [("config/a.json", 1L), ("config/b.json", 2L)],
            proxy.State.LastRefusal!.Problems.Select(problem => (problem.File!, problem.Line!.Value)).Order());
    }

    [Fact]
    public async Task OtherBadFile_IsAnotherRefusal_AndTheSameOneIsNot()
    {
        await using var proxy = new LiveProxy(_folder.Settings);

        _folder.Write("config/a.json", "{");
        proxy.Poll(times: 40);
        Assert.Equal(1, proxy.State.ReloadFailures);

        _folder.Write("config/a.json", "{{");
        proxy.Poll(times: 40);
        Assert.Equal(2, proxy.State.ReloadFailures);
        Assert.Equal(2, proxy.Errors.Count);
        Assert.Equal(1, proxy.State.Generation);
    }

    [Fact]
    public async Task BadFileTakenAway_ClearsTheRefusal()
    {
        await using var proxy = new LiveProxy(_folder.Settings);
        _folder.Write("config/a.json", "{");
        proxy.Poll();
        Assert.NotNull(proxy.State.LastRefusal);

        File.Delete(_folder.At("config/a.json"));
        proxy.Poll(LiveProxy.ToApply);

        Assert.Null(proxy.State.LastRefusal);
        Assert.Equal(1, proxy.State.ReloadFailures);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"EdgeProxy\": { \"Dr")]
    public async Task HalfWrittenFile_ThatIsWholeWithinThePatience_IsNoRefusal(string half)
    {
        await using var proxy = new LiveProxy(_folder.Settings);

        _folder.Write("config/a.json", half);
        proxy.Poll(LiveProxy.ToRefuse - 1);
        _folder.Write("config/a.json", """{ "EdgeProxy": { "Drain": { "Timeout": "00:00:09" } } }""");
        proxy.Poll();

        Assert.Equal((2, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
        Assert.Empty(proxy.Errors);
    }

    [Fact]
    public async Task FilesThatBelongTogether_UploadedOneAfterTheOther_AreNoRefusal()
    {
        await using var proxy = new LiveProxy(_folder.Settings);

        _folder.Write("config/1-routes.json", """{ "ReverseProxy": { "Routes": { "new": { "ClusterId": "new", "Match": { "Path": "/new" } } } } }""");
        proxy.Poll(LiveProxy.ToRefuse - 1);
        Assert.Equal(1, proxy.State.Generation);
        _folder.Write("config/2-clusters.json", """{ "ReverseProxy": { "Clusters": { "new": { "Destinations": { "d": { "Address": "http://127.0.0.1:2/" } } } } } }""");
        proxy.Poll();

        Assert.Equal((2, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
        Assert.Contains("new", proxy.Routes);
    }

    [Fact]
    public async Task BadFileThatIsMendedInTime_LeavesNothingBehind()
    {
        await using var proxy = new LiveProxy(_folder.Settings);
        var times = File.GetLastWriteTimeUtc(_folder.At("appsettings.json"));

        _folder.Write("appsettings.json", "{");
        proxy.Poll(LiveProxy.ToRefuse - 1);
        _folder.Write("appsettings.json", Good);
        File.SetLastWriteTimeUtc(_folder.At("appsettings.json"), times);
        proxy.Poll();

        Assert.Equal((1, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
    }

    [Fact]
    public void PlaceOfAProblem_ThatNoFileIsToBlameFor_IsUnknown()
    {
        var contents = ConfigurationFiles.Default(_folder.Path).Load();

        var problem = contents.Locate(new("Kestrel:Limits", "is wrong"));

        Assert.Equal((null, null), (problem.File, problem.Line));
        Assert.Equal("Kestrel:Limits: is wrong", problem.ToString());
    }
}
