using System.Buffers.Binary;
using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;

namespace EdgeProxy.Bench.Load;

/// <summary>Non-blocking IPv4 sockets as plain descriptors. Small writes go out at once (<c>TCP_NODELAY</c>).</summary>
internal static unsafe class Tcp
{
    private const int InternetFamily = 2;
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private const int TcpLevel = 6;
    private const int NoDelay = 1;
    private const int Backlog = 4096;

    /// <summary>Listens; port 0 takes a free one.</summary>
    public static (int Descriptor, int Port) Listen(IPEndPoint endPoint)
    {
        var descriptor = Checked(Libc.Socket(InternetFamily, Libc.StreamSocketFlags, 0));
        SetOption(descriptor, SocketLevel, ReuseAddress);
        var address = Native(endPoint);
        var length = sizeof(Libc.SocketAddress4);
        Checked(Libc.Bind(descriptor, &address, length));
        Checked(Libc.Listen(descriptor, Backlog));
        Checked(Libc.GetSocketName(descriptor, &address, &length));
        return (descriptor, BinaryPrimitives.ReverseEndianness(address.Port));
    }

    /// <summary>The next connection that waits; negative when none does.</summary>
    public static int Accept(int listener)
    {
        var descriptor = Libc.Accept(listener, 0, 0, Libc.NonBlocking | Libc.CloseOnExec);
        if (descriptor >= 0)
        {
            SetOption(descriptor, TcpLevel, NoDelay);
        }

        return descriptor;
    }

    /// <summary>Begins a connection: it stands, or has failed, when it becomes writable.</summary>
    /// <returns>The descriptor; negative where the system refused at once (no descriptor or port left, nobody listens).</returns>
    public static int BeginConnect(IPEndPoint endPoint)
    {
        var descriptor = Libc.Socket(InternetFamily, Libc.StreamSocketFlags, 0);
        if (descriptor < 0)
        {
            return -1;
        }

        SetOption(descriptor, TcpLevel, NoDelay);
        var address = Native(endPoint);
        if (Libc.Connect(descriptor, &address, sizeof(Libc.SocketAddress4)) != 0 && Marshal.GetLastPInvokeError() != Libc.ConnectInProgressError)
        {
            _ = Libc.Close(descriptor);
            return -1;
        }

        return descriptor;
    }

    /// <summary>Sends what the socket takes.</summary>
    /// <returns>How many bytes it took, 0 when it is full; negative when the connection is dead.</returns>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return Outcome(Libc.Send(descriptor, start, bytes.Length, Libc.NoSignal), full: 0);
        }
    }

    /// <summary>Receives what is there.</summary>
    /// <returns>How many bytes came; 0 at the end; -1 when nothing is there now; -2 when the connection is dead.</returns>
    public static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return Outcome(Libc.Receive(descriptor, start, buffer.Length, 0), full: -1);
        }
    }

    private static int Outcome(nint count, int full) =>
        count >= 0 ? (int)count
        : Marshal.GetLastPInvokeError() is Libc.AgainError or Libc.InterruptedError ? full
        : -2;

    private static Libc.SocketAddress4 Native(IPEndPoint endPoint) => new()
    {
        Family = InternetFamily,
        Port = BinaryPrimitives.ReverseEndianness((ushort)endPoint.Port),
        Address = BitConverter.ToUInt32(endPoint.Address.MapToIPv4().GetAddressBytes()),
    };

    private static void SetOption(int descriptor, int level, int name)
    {
        var on = 1;
        _ = Libc.SetSocketOption(descriptor, level, name, &on, sizeof(int));
    }

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception();
}
