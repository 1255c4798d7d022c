using System.CommandLine;
using System.Globalization;
using EdgeProxy.Bench.Proxies;
using EdgeProxy.Bench.Report;
using EdgeProxy.Bench.Scenarios;

namespace EdgeProxy.Bench.Commands;

/// <summary>What every measuring command does around its own question: find the proxies, run the rounds, print and keep the result.</summary>
internal sealed class BenchRun
{
    private readonly string _name;
    private readonly IReadOnlyList<IProxyUnderTest> _measured;
    private readonly TextWriter _output;
    private readonly TextWriter _progress;
    private readonly List<Cell> _cells = [];
    private bool _wasEnded;

    private BenchRun(RunArguments arguments, ParseResult parsed)
    {
        (_output, _progress) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        _name = arguments.Name(parsed);
        Settings = arguments.Settings(parsed);
        var proxies = arguments.Proxies(parsed);
        Rows = [.. proxies.Select(proxy => proxy.Row)];
        _measured = [.. proxies.Where(proxy => proxy.Row.Found.Missing is null).Select(proxy => proxy.Proxy)];
    }

    public RunSettings Settings { get; }

    /// <summary>The proxies that were asked for.</summary>
    public IReadOnlyList<ProxyRow> Rows { get; }

    /// <summary>Reads the command line.</summary>
    /// <returns>Null, and the reason on the error stream, where a run makes no sense.</returns>
    public static async Task<BenchRun?> BeginAsync(RunArguments arguments, ParseResult parsed)
    {
        if (Installed.IsRelease)
        {
            return new BenchRun(arguments, parsed);
        }

        await parsed.InvocationConfiguration.Error.WriteLineAsync("Run the bench with -c Release: a debug build measures nothing.");
        return null;
    }

    /// <summary>Runs the rounds; one that is ended before its time leaves what it has.</summary>
    public async Task MeasureAsync(IReadOnlyList<Scenario> scenarios, CancellationToken cancellationToken)
    {
        try
        {
            await Rounds.RunAsync(scenarios, _measured, Settings, _cells, _progress, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _wasEnded = true;
        }
    }

    /// <summary>Prints the tables, and keeps them with all that was measured.</summary>
    /// <returns>The exit code: 1 for a run that did not come to its end.</returns>
    public async Task<int> EndAsync(Action<Summary, TextWriter> write)
    {
        using var text = new StringWriter();
        await text.WriteAsync($"{Machine.Line}. {Machine.Versions(Rows)}. {Words()}\n\n");
        write(new Summary(_cells), text);
        await _output.WriteAsync(text.ToString());
        await _progress.WriteLineAsync($"every cell is in {await RunFile.WriteAsync(_name, Settings, Rows, _cells, text.ToString())}");
        return _wasEnded ? 1 : 0;
    }

    private string Words()
    {
        var scale = Settings.Scale == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" Only {Settings.Scale:0.##} of the streams ran: the figures mean nothing.");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Rounds: {Settings.Rounds}, window {Settings.Seconds} s, proxy on CPU {PinnedProcess.CpuList(Settings.ProxyCpus)}, load and backend on CPU {PinnedProcess.CpuList(Settings.LoadCpus)}.{scale}{(_wasEnded ? " The run was ended before its time." : "")}");
    }
}
