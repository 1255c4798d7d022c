using System.Diagnostics;
using EdgeProxy.TestKit;

namespace EdgeProxy.Tests.Configuration;

/// <summary>The many ways in which files are changed: by editors, by deploy tools, by Kubernetes.</summary>
public sealed class FileHabitsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public FileHabitsTests() => _folder.Write("conf/proxy.json", Config("00:00:01"));

    public static TheoryData<string> Habits() => ["in place", "truncate, then write", "rename over", "backup by rename", "backup by copy", "sed -i", "same time and length", "link swapped"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Habits))]
    public async Task EachWayToWriteAFile_IsOneReload(string habit)
    {
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["conf"] });

        Write(habit, "conf/proxy.json", "00:00:01", "00:00:02");
        proxy.Poll();

        Assert.Equal(TimeSpan.FromSeconds(2), Primer(proxy));
        Assert.Equal((2, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
        Assert.Null(proxy.State.LastRefusal);

        proxy.Poll(times: 20);
        Assert.Equal(2, proxy.State.Generation);
    }

    [Theory]
    [InlineData("conf")]
    [InlineData("conf/proxy.json")]
    public async Task KubernetesMount_SwappedAgainAndAgain_IsReloadedEachTime(string path)
    {
        Directory.Delete(_folder.At("conf"), recursive: true);
        var mount = new Mount(_folder.At("conf"));
        mount.Update(("proxy.json", Config("00:00:01")));
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = [path] });

        for (var second = 2; second <= 5; second++)
        {
            mount.Update(("proxy.json", Config($"00:00:0{second}")));
            proxy.Poll();
            Assert.Equal(TimeSpan.FromSeconds(second), Primer(proxy));
            Assert.Equal((second, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
        }
    }

    [Fact]
    public async Task KubernetesMount_WithAFileMoreAndAFileLess_IsReloaded()
    {
        Directory.Delete(_folder.At("conf"), recursive: true);
        var mount = new Mount(_folder.At("conf"));
        mount.Update(("proxy.json", Config("00:00:01")), ("old.json", Route("old")));
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["conf"] });
        Assert.Equal(["old", "r"], proxy.Routes.Order());

        mount.Update(("proxy.json", Config("00:00:01")), ("new.json", Route("new")));
        proxy.Poll();

        Assert.Equal(["new", "r"], proxy.Routes.Order());
        Assert.Equal((2, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
    }

    [Fact]
    public async Task KubernetesMount_LookedAtBetweenTheKubeletsSteps_IsNeverRefusedNorMixed()
    {
        Directory.Delete(_folder.At("conf"), recursive: true);
        var mount = new Mount(_folder.At("conf"));
        mount.Update(("proxy.json", Config("00:00:01")), ("old.json", Route("old")));
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["conf"] });

        mount.Update(() => proxy.Poll(times: 2), ("proxy.json", Config("00:00:02")), ("new.json", Route("new")));
        proxy.Poll();

        Assert.Equal(["new", "r"], proxy.Routes.Order());
        Assert.Equal(TimeSpan.FromSeconds(2), Primer(proxy));
        Assert.Equal((0, null), (proxy.State.ReloadFailures, proxy.State.LastRefusal));
    }

    [Fact]
    public async Task FilesThatComeAndGo_InANamedFolder_AreChanges_AndOthersAreNot()
    {
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["conf"] });

        _folder.Write("conf/.proxy.json.swp", "{");
        _folder.Write("conf/proxy.json~", "{");
        _folder.Write("conf/4913", "");
        _folder.Write("conf/deeper/more.json", "{");
        proxy.Poll();
        Assert.Equal((1, 0), (proxy.State.Generation, proxy.State.ReloadFailures));

        _folder.Write("conf/more.json", Route("more"));
        proxy.Poll();
        Assert.Equal(["more", "r"], proxy.Routes.Order());

        File.Delete(_folder.At("conf/more.json"));
        proxy.Poll();
        Assert.Equal(["r"], proxy.Routes);
        Assert.Equal((3, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
    }

    [Fact]
    public async Task NamedFolder_ThatDisappears_IsRefused_AndTakenWhenItIsBack()
    {
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["conf"] });

        Directory.Move(_folder.At("conf"), _folder.At("away"));
        proxy.Poll();
        Assert.Contains("conf: does not exist", proxy.State.LastRefusal!.ToString(), StringComparison.Ordinal);
        Assert.Equal(["r"], proxy.Routes);

        Directory.Move(_folder.At("away"), _folder.At("conf"));
        proxy.Poll();
        Assert.Null(proxy.State.LastRefusal);
    }

    [Theory]
    [InlineData("conf", "conf: holds no JSON file")]
    [InlineData(null, "Configuration: has no file any more")]
    public async Task AllFilesGone_TakesNoRouteAway(string? path, string expected)
    {
        Directory.Move(_folder.At("conf"), _folder.At("config"));
        Directory.CreateSymbolicLink(_folder.At("conf"), "config");
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = path is null ? null : [path] });

        File.Delete(_folder.At("config/proxy.json"));
        proxy.Poll();
        Assert.Equal(["r"], proxy.Routes);
        Assert.StartsWith(expected, proxy.State.LastRefusal!.ToString(), StringComparison.Ordinal);

        _folder.Write("config/proxy.json", Config("00:00:02"));
        proxy.Poll();
        Assert.Equal((2, 1, null), (proxy.State.Generation, proxy.State.ReloadFailures, proxy.State.LastRefusal));
    }

    [Theory]
    [InlineData("circle", "cannot be read")]
    [InlineData("nowhere", "does not exist")]
    [InlineData("empty", "is not valid JSON at line 1, position 1")]
    [InlineData("unreadable", "cannot be read")]
    public async Task FileThatCannotBeReadAnyMore_ChangesNothing_AndMendingItClearsTheRefusal(string how, string expected)
    {
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["conf"] });
        var path = _folder.At("conf/proxy.json");

        Break(path, how);
        proxy.Poll(times: 20);

        var refusal = Assert.Single(proxy.State.LastRefusal!.Problems);
        Assert.Equal("conf/proxy.json", refusal.File);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (proxy.State.Generation, proxy.State.ReloadFailures));
        Assert.Equal(TimeSpan.FromSeconds(1), Primer(proxy));
        Assert.Single(proxy.Errors);

        _folder.Remove("conf/proxy.json");
        _folder.Write("conf/proxy.json", Config("00:00:02"));
        proxy.Poll();
        Assert.Equal(TimeSpan.FromSeconds(2), Primer(proxy));
        Assert.Equal((2, 1, null), (proxy.State.Generation, proxy.State.ReloadFailures, proxy.State.LastRefusal));
    }

    [Fact]
    public async Task ManyChangesWithinASecond_AreOneReload()
    {
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["conf"] });

        for (var n = 0; n < 10; n++)
        {
            _folder.Write($"conf/{n}.json", Route($"r{n}"));
            _folder.Replace("conf/proxy.json", Config($"00:00:0{n}"));
        }

        proxy.Poll();

        Assert.Equal((2, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
        Assert.Equal(11, proxy.Routes.Count());
    }

    [Fact]
    public async Task FileThatNeverStandsStill_IsNotAppliedUntilItDoes()
    {
        await using var proxy = new LiveProxy(_folder.Settings with { ConfigPaths = ["conf"] });

        for (var n = 0; n < 20; n++)
        {
            _folder.Write("conf/proxy.json", Config($"00:00:{n + 10}"));
            proxy.Poll(times: 1);
        }

        Assert.Equal(1, proxy.State.Generation);
        proxy.Poll(times: 1);
        Assert.Equal((2, 0), (proxy.State.Generation, proxy.State.ReloadFailures));
        Assert.Equal(TimeSpan.FromSeconds(29), Primer(proxy));
    }

    private void Write(string habit, string name, string old, string @new)
    {
        var path = _folder.At(name);
        var text = Config(@new);
        switch (habit)
        {
            case "in place":
                _folder.Write(name, text);
                break;
            case "truncate, then write":
                using (var file = File.Open(path, FileMode.Truncate))
                {
                    file.Flush(flushToDisk: true);
                    file.Write(System.Text.Encoding.UTF8.GetBytes(text));
                }

                break;
            case "rename over":
                _folder.Replace(name, text);
                break;
            case "backup by rename":
                File.Move(path, path + "~");
                _folder.Write(name, text);
                File.Delete(path + "~");
                break;
            case "backup by copy":
                File.Copy(path, path + "~");
                _folder.Write(name, text);
                break;
            case "sed -i":
                using (var sed = Process.Start("sed", ["-i", $"s/{old}/{@new}/", path]))
                {
                    sed.WaitForExit();
                    Assert.Equal(0, sed.ExitCode);
                }

                break;
            case "same time and length":
                var time = File.GetLastWriteTimeUtc(path);
                _folder.Write(name, text);
                File.SetLastWriteTimeUtc(path, time);
                break;
            case "link swapped":
                _folder.Write("v2/proxy.json", text);
                File.CreateSymbolicLink(path + ".tmp", "../v2/proxy.json");
                File.Move(path + ".tmp", path, overwrite: true);
                break;
        }
    }

    private static void Break(string path, string how)
    {
        File.Delete(path);
        switch (how)
        {
            case "circle":
                File.CreateSymbolicLink(path, "other.link");
                File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(path)!, "other.link"), "proxy.json");
                break;
            case "nowhere":
                File.CreateSymbolicLink(path, "no/such/file");
                break;
            case "empty":
                File.WriteAllText(path, "");
                break;
            case "unreadable":
                // Not even a superuser, who may read everything, gets a byte of this one.
                File.CreateSymbolicLink(path, "/proc/self/mem");
                break;
        }
    }

    private static TimeSpan Primer(LiveProxy proxy) => proxy.Policy("r")!.Client.PrimerAfter;

    private static string Route(string name) => $$"""{ "ReverseProxy": { "Routes": { "{{name}}": { "ClusterId": "c", "Match": { "Path": "/{{name}}" } } } } }""";

    private static string Config(string primer) => $$"""
        {
          "EdgeProxy": { "StreamPolicies": { "Default": { "Primer": { "After": "{{primer}}" } } } },
          "ReverseProxy": {
            "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/{**rest}" } } },
            "Clusters": { "c": { "Destinations": { "d": { "Address": "http://127.0.0.1:1/" } } } }
          }
        }
        """;
}
