using System.Globalization;
using System.Net;
using System.Text.Json;
using EdgeProxy.Bench.Load;
using EdgeProxy.Bench.Proxies;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>The two ends of the line, as processes of their own on the load's CPUs: the backend, and the load generator.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const string WindowOpen = "window open";
    private const string WindowClose = "window close";

    /// <summary>Ample: setting up ten thousand streams takes its time, and a slow proxy is to be measured too.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static readonly string Executable = Installed.Built("EdgeProxy.Bench", "EdgeProxy.Bench");
    private readonly IReadOnlyList<int> _cpus;
    private readonly PinnedProcess _backend;

    private Traffic(IReadOnlyList<int> cpus, PinnedProcess backend, IPEndPoint address)
    {
        _cpus = cpus;
        _backend = backend;
        Backend = address;
    }

    /// <summary>Where the backend listens.</summary>
    public IPEndPoint Backend { get; }

    /// <summary>Starts the backend.</summary>
    /// <exception cref="ProxyFailedException">It did not say where it listens.</exception>
    public static async Task<Traffic> StartAsync(IReadOnlyList<int> cpus, CancellationToken cancellationToken)
    {
        const string Listening = "listening on ";
        var backend = PinnedProcess.Start(cpus, Executable, ["backend", "--listen", "127.0.0.1:0"], Installed.Root, readOutput: false);
        var line = await backend.Output.ReadLineAsync(cancellationToken);
        if (line?.StartsWith(Listening, StringComparison.Ordinal) != true)
        {
            await backend.DisposeAsync();
            throw new ProxyFailedException($"the backend did not start: {line} {backend.Said}");
        }

        return new Traffic(cpus, backend, new IPEndPoint(IPAddress.Loopback, int.Parse(line.AsSpan(Listening.Length), CultureInfo.InvariantCulture)));
    }

    /// <summary>Runs the load generator to its end.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="marks">What to do when the window opens and closes.</param>
    /// <param name="cancellationToken">Ends all.</param>
    /// <exception cref="ProxyFailedException">It failed, or took too long.</exception>
    public async Task<LoadResult> RunAsync(IReadOnlyList<string> arguments, Marks marks, CancellationToken cancellationToken)
    {
        var isOpen = new TaskCompletionSource();
        using var late = new CancellationTokenSource(Limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        await using var load = PinnedProcess.Start(_cpus, Executable, arguments, Installed.Root, readOutput: false, onErrorLine: OnLine);
        try
        {
            var saying = load.Output.ReadToEndAsync(either.Token);
            if (marks.HoldSeconds > 0 && await Task.WhenAny(isOpen.Task, saying) == isOpen.Task)
            {
                await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(marks.HoldSeconds), TimeProvider.System, either.Token), saying);
                marks.Close();
                await load.SendLineAsync();
            }

            var said = await saying;
            var code = await load.ExitCodeAsync(either.Token);
            return code == 0 && said.Length > 0
                ? JsonSerializer.Deserialize(said, LoadJson.Default.LoadResult)!
                : throw new ProxyFailedException($"the load generator failed with {code}: {load.Said}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProxyFailedException($"not done after {Limit.TotalSeconds:0} s: {load.Said}");
        }

        void OnLine(string line)
        {
            if (line == WindowOpen)
            {
                marks.Open();
                isOpen.TrySetResult();
            }
            else if (line == WindowClose && marks.HoldSeconds == 0)
            {
                marks.Close();
            }
        }
    }

    public ValueTask DisposeAsync() => _backend.DisposeAsync();
}
