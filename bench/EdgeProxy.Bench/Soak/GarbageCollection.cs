using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace EdgeProxy.Bench.Soak;

/// <summary>
/// Asks another .NET process for a full, blocking garbage collection, as <c>dotnet-gcdump</c> does: by an event session with the runtime
/// provider's <c>GCHeapCollect</c> keyword on the runtime's diagnostics socket. Without it "the managed heap after the last collection" would be
/// as old as the last full collection, which an idle process has no reason for.
/// </summary>
/// <remarks>The protocol: https://github.com/dotnet/diagnostics/blob/main/documentation/design-docs/ipc-protocol.md</remarks>
internal static class GarbageCollection
{
    private const byte EventPipeCommands = 0x02;
    private const byte StopTracing = 0x01;
    private const byte CollectTracing = 0x02;
    private const ulong HeapCollect = 0x800000;
    private const uint Informational = 4;
    private const int HeaderBytes = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Collects, and ends the session: one that is left open keeps a thread and a socket of the process.</summary>
    public static async Task InduceAsync(int process)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var session = await ConnectAsync(process);
        await session.WriteAsync(Request(CollectTracing, Session), patience.Token);

        // The answer comes when the collection is done.
        var answer = new byte[HeaderBytes + sizeof(ulong)];
        await session.ReadExactlyAsync(answer, patience.Token);
        var events = session.CopyToAsync(Stream.Null, patience.Token);
        using (var stop = await ConnectAsync(process))
        {
            await stop.WriteAsync(Request(StopTracing, writer => writer.Write(answer.AsSpan(HeaderBytes))), patience.Token);
            await stop.ReadExactlyAsync(new byte[HeaderBytes], patience.Token);
        }

        await events;
    }

    private static async Task<NetworkStream> ConnectAsync(int process)
    {
        var path = Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process}-*-socket").Single();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Session(BinaryWriter writer)
    {
        const uint BufferMegabytes = 1;
        const uint NetTrace = 1;
        const uint Providers = 1;
        writer.Write(BufferMegabytes);
        writer.Write(NetTrace);
        writer.Write(Providers);
        writer.Write(HeapCollect);
        writer.Write(Informational);
        Text("Microsoft-Windows-DotNETRuntime");
        Text("");

        void Text(string text)
        {
            writer.Write((uint)text.Length + 1);
            writer.Write((text + '\0').ToCharArray());
        }
    }

    private static byte[] Request(byte command, Action<BinaryWriter> payload)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.Unicode);
        writer.Write("DOTNET_IPC_V1\0"u8);
        writer.Write((ushort)0);
        writer.Write(EventPipeCommands);
        writer.Write(command);
        writer.Write((ushort)0);
        payload(writer);
        writer.Flush();
        var request = bytes.ToArray();
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(14), (ushort)request.Length);
        return request;
    }
}
