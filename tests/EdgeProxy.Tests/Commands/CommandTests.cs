using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using EdgeProxy.Commands;
using EdgeProxy.Tests.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Commands;

/// <summary>The command line.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_OfAGoodConfiguration_PrintsOneLine_AndSucceeds()
    {
        _folder.Write("appsettings.json", "{" + Judge.Proxy + "}");

        var (code, output, _) = Invoke("check", "--config", _folder.At("appsettings.json"));

        Assert.Equal(0, code);
        Assert.Equal($"OK: 1 route, 1 cluster, 1 stream policy from {_folder.At("appsettings.json")}", output.Trim());
    }

    [Fact]
    public void Check_OfABadConfiguration_PrintsEveryErrorAndWarningOnALine_AndFails()
    {
        _folder.Write("a.json", """{ "EdgeProxy": { "Drain": { "Timeout": "soon" }, "Admin": { "Url": "http://127.0.0.1:1/admin" }, "Resume": { "Store": "Memory" } } }""");
        _folder.Write("b.json", """{ "EdgeProxy": { "Drian": {} } }""");

        var (a, b) = (_folder.At("a.json"), _folder.At("b.json"));
        var (code, output, _) = Invoke("check", "--config", a, "--config", b);

        Assert.Equal(1, code);
        Assert.Equal(
            [
                $"EdgeProxy:Drain:Timeout: is 'soon'; allowed: a duration from 00:00:00 to 1.00:00:00, written [d.]hh:mm:ss[.fff]; in {a}, line 1",
                $"EdgeProxy:Drian: is no key that is known here, did you mean Drain?; allowed: StreamPolicies, Drain, Admin, Resume, Transport; in {b}, line 1",
                $"EdgeProxy:Admin:Url: is 'http://127.0.0.1:1/admin', which has more than scheme, host and port; allowed: an absolute http or https URL without a path, such as http://127.0.0.1:9901; in {a}, line 1",
                $"warning: EdgeProxy:Resume:Store: has no effect in this version; in {a}, line 1",
                "warning: ReverseProxy:Routes: holds no route: every request is answered with 404",
            ],
            output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("--EdgeProxy:StreamPolicies:chat:Detect=Sometimes")]
    [InlineData("edgeproxy:streampolicies:chat:detect=Sometimes")]
    public void Check_TakesSettingsFromTheCommandLine(string setting)
    {
        _folder.Write("a.json", """{ "EdgeProxy": { "StreamPolicies": { "chat": { "Detect": "Never" } } } }""");

        var (code, output, _) = Invoke("check", setting, "--config", _folder.Path);

        Assert.Equal(1, code);
        Assert.Contains("'Sometimes'", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--confg")]
    [InlineData("rnu")]
    [InlineData("run", "--bogus")]
    [InlineData("check", "Key=Value")]
    [InlineData("check", "EdgeProxy:Key")]
    public void WordThatNobodyKnows_IsAnError(params string[] line)
    {
        var (code, _, error) = Invoke(line);

        Assert.Equal(1, code);
        Assert.Contains(line[^1], error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("run")]
    public void Help_NamesOptionsAndCommands(params string[] line)
    {
        var (code, output, _) = Invoke([.. line, "--help"]);

        Assert.Equal(0, code);
        Assert.Contains("--config <path>", output, StringComparison.Ordinal);
        Assert.Contains("--urls <urls>", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfABadConfiguration_PrintsWhatCheckPrints_AndFails()
    {
        _folder.Write("appsettings.json", """{ "EdgeProxy": { "Drane": {}, "StreamPolicies": { "a": { "Detect": "x" } } } }""");
        using var runError = new StringWriter();
        using var checkOutput = new StringWriter();

        var run = await RunCommand.RunAsync(_folder.Settings, runError, TestContext.Current.CancellationToken);
        var check = CheckCommand.Check(_folder.Settings, checkOutput);

        Assert.Equal((1, 1), (run, check));
        Assert.Equal(checkOutput.ToString().Split(Environment.NewLine).Where(line => !line.StartsWith("warning", StringComparison.Ordinal)), runError.ToString().Split(Environment.NewLine));
    }

    [Fact]
    public async Task Run_OnAnAddressThatIsTaken_SaysSoOnOneLine_AndFails()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var error = new StringWriter();
        var settings = _folder.Settings with { Settings = new Dictionary<string, string?> { ["urls"] = $"http://{taken.LocalEndpoint}" } };

        var code = await RunCommand.RunAsync(settings, error, TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        Assert.Matches("^edgeproxy could not start: .*address already in use.*\n?$", error.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Run_WithAnAdminAddressThatIsTaken_NamesTheOptionOnOneLine_AndFails()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var error = new StringWriter();
        var settings = _folder.Settings;
        settings = settings with { Settings = new Dictionary<string, string?>(settings.Settings) { ["EdgeProxy:Admin:Url"] = $"http://{taken.LocalEndpoint}" } };

        var code = await RunCommand.RunAsync(settings, error, TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        Assert.Matches("^edgeproxy could not start: EdgeProxy:Admin:Url: .*address already in use.*\n?$", error.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Run_ThatIsCancelledBeforeItHasStarted_Succeeds()
    {
        using var error = new StringWriter();
        var settings = _folder.Settings with
        {
            ConfigureServices = services => services.AddHostedService<StopsWhileStarting>().RemoveAll<ILoggerProvider>(),
        };

        Assert.Equal(0, await RunCommand.RunAsync(settings, error, TestContext.Current.CancellationToken));
        Assert.Equal("", error.ToString());
    }

    [Fact]
    public async Task Run_ThatIsToldToStop_Succeeds()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var error = new StringWriter();
        var settings = _folder.Settings with
        {
            ConfigureServices = services => services.AddHostedService<StopsAtOnce>().RemoveAll<ILoggerProvider>(),
        };

        Assert.Equal(0, await RunCommand.RunAsync(settings, error, stop.Token));
        Assert.Equal("", error.ToString());
    }

    [Fact(Timeout = 120_000)]
    public async Task Executable_ChecksItsWorkingDirectory_AndStopsOnSigterm()
    {
        _folder.Write("appsettings.json", """{ "urls": "http://127.0.0.1:0", "EdgeProxy": { "Admin": { "Url": "http://127.0.0.1:0" } }, """ + Judge.Proxy + "}");
        _folder.Write("config/more.json", """{ "EdgeProxy": { "StreamPolicies": { "chat": {} } } }""");

        using (var check = Start("check"))
        {
            var output = await check.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await check.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, check.ExitCode);
            Assert.Equal("OK: 1 route, 1 cluster, 2 stream policies from appsettings.json, config/more.json", output.Trim());
        }

        using var run = Start();
        var line = await run.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        using (var kill = Process.Start("kill", ["-TERM", run.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Contains("EdgeProxy listens on http://127.0.0.1:", line, StringComparison.Ordinal);
        Assert.EndsWith(": 1 route, 1 cluster, 2 stream policies from appsettings.json, config/more.json", line, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", await run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "edgeproxy.dll"), .. arguments])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static (int Code, string Output, string Error) Invoke(params string[] line)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = EdgeProxy.Program.CreateCommands().Parse(line).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    private sealed class StopsWhileStarting(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class StopsAtOnce(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.ApplicationStarted.Register(lifetime.StopApplication);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
