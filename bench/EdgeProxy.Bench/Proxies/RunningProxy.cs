using System.Net;
using System.Net.Sockets;
using EdgeProxy.Bench.Measure;

namespace EdgeProxy.Bench.Proxies;

/// <summary>A proxy that runs: where it listens and which processes it consists of.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private readonly PinnedProcess? _process;

    private RunningProxy(PinnedProcess? process, IPEndPoint address, IReadOnlyList<string> headers)
    {
        _process = process;
        Address = address;
        Headers = headers;
    }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Header lines that a request needs to be routed, as <c>Name: value</c>.</summary>
    public IReadOnlyList<string> Headers { get; }

    /// <summary>Whether its process has ended by itself.</summary>
    public bool HasDied => _process?.HasExited ?? false;

    /// <summary>The last lines it said.</summary>
    public string Said => _process?.Said ?? "";

    /// <summary>The processes of the proxy now, children included; none where there is no proxy.</summary>
    public IReadOnlyList<int> Pids() => _process is null ? [] : ProcessTree.Of(_process.Id);

    /// <summary>No proxy: clients connect to the backend.</summary>
    public static RunningProxy Direct(IPEndPoint backend) => new(null, backend, []);

    /// <summary>Waits until a started program accepts connections.</summary>
    /// <exception cref="ProxyFailedException">It ended, or did not accept one in time.</exception>
    public static async Task<RunningProxy> WhenListeningAsync(
        PinnedProcess process, IPEndPoint address, CancellationToken cancellationToken, IReadOnlyList<string>? headers = null)
    {
        using var limit = new CancellationTokenSource(StartLimit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            while (!process.HasExited)
            {
                using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(address, either.Token);
                    return new RunningProxy(process, address, headers ?? []);
                }
                catch (SocketException)
                {
                    await Task.Delay(Pause, TimeProvider.System, either.Token);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Said below.
        }

        var said = process.Said;
        await process.DisposeAsync();
        throw new ProxyFailedException($"did not start: {said}");
    }

    /// <summary>An address on the loopback whose port was free a moment ago, for programs that cannot tell which one they took.</summary>
    public static IPEndPoint FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}
