using System.Net;
using EdgeProxy.Bench.Load;
using EdgeProxy.Bench.Proxies;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>The two ends of the line, as processes of their own on the load's CPUs: the backend, and the load generator.</summary>
internal sealed class Traffic : IAsyncDisposable
{
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

        return new Traffic(cpus, backend, new IPEndPoint(IPAddress.Loopback, int.Parse(line.AsSpan(Listening.Length), System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>Runs the load generator to its end.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="onMark">Hears each line of its error stream as it comes: the marks of the measured window among them.</param>
    /// <param name="limit">When it is given up.</param>
    /// <exception cref="ProxyFailedException">It failed, or was given up.</exception>
    public async Task<LoadResult> RunAsync(IReadOnlyList<string> arguments, Action<string> onMark, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        await using var load = PinnedProcess.Start(_cpus, Executable, arguments, Installed.Root, readOutput: false, onErrorLine: onMark);
        try
        {
            var said = await load.Output.ReadToEndAsync(either.Token);
            var code = await load.ExitCodeAsync(either.Token);
            return LoadResult.Parse(said) ?? throw new ProxyFailedException($"the load generator failed with {code}: {load.Said}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ProxyFailedException($"not done after {limit.TotalSeconds:0} s: {load.Said}");
        }
    }

    public ValueTask DisposeAsync() => _backend.DisposeAsync();
}
