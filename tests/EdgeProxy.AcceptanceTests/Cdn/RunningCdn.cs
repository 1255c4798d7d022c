using System.Net;
using System.Net.Sockets;
using EdgeProxy.AcceptanceTests.Parts;
using EdgeProxy.TestKit;

namespace EdgeProxy.AcceptanceTests.Cdn;

/// <summary>One CDN in front of one origin, on the loopback, for one test.</summary>
internal sealed class RunningCdn : IAsyncDisposable
{
    private const int Tries = 5;

    private readonly ExternalProcess _process;
    private readonly string _folder;

    private RunningCdn(ExternalProcess process, string folder, Uri address)
    {
        _process = process;
        _folder = folder;
        Address = address;
    }

    /// <summary>Where clients reach it.</summary>
    public Uri Address { get; }

    /// <summary>Starts one and waits until it accepts connections. The test is skipped where the program is missing.</summary>
    public static async Task<RunningCdn> StartAsync(CdnKind kind, Uri origin)
    {
        var program = RealPart.Program(kind.Program);
        var errors = "";
        for (var i = 0; i < Tries; i++)
        {
            // None of the three can take a free port of the system's choice and tell which; another may take it in between.
            var port = FreePort();
            var folder = Directory.CreateTempSubdirectory($"edgeproxy-{kind.Program}-").FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, kind.ConfigFile), kind.Config(folder, port, origin));
            var cdn = new RunningCdn(ExternalProcess.Start(program, kind.Arguments(folder, port), folder), folder, new Uri($"http://127.0.0.1:{port}"));
            await Patience.UntilAsync(() => cdn._process.HasExited || cdn.Accepts(), $"{kind.Program} to listen");
            if (!cdn._process.HasExited)
            {
                return cdn;
            }

            errors += cdn._process.Errors;
            await cdn.DisposeAsync();
        }

        throw new InvalidOperationException($"{kind.Program} does not start: {errors}");
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Accepts()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(Address.Host, Address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
