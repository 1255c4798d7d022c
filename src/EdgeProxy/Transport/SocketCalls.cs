using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EdgeProxy.Transport;

/// <summary>
/// recv(2), sendmsg(2) and connect(2) that never wait. The framework's own non-blocking calls give each socket two queues for waiters of its own, half a
/// kilobyte, and send bytes that lie in several places by way of a list.
/// </summary>
internal static unsafe partial class SocketCalls
{
    private const int Peek = 0x02;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    // 16 of Kestrel's blocks are 64 KB: more than a socket takes at once under load.
    private const int MostParts = 16;

    /// <summary>Receives what is there.</summary>
    /// <returns>The bytes taken, 0 at the peer's end, or -1 with the error.</returns>
    public static int Receive(SafeSocketHandle socket, Span<byte> buffer, out SocketError error)
    {
        try
        {
            fixed (byte* start = buffer)
            {
                nint count;
                while ((count = Receive(socket, start, buffer.Length, DontWait)) < 0 && IsInterrupted(out error))
                {
                }

                return Result(count, out error);
            }
        }
        catch (ObjectDisposedException)
        {
            return Closed(out error);
        }
    }

    /// <summary>Whether there are bytes, the peer's end or a failure to receive; nothing is taken.</summary>
    public static bool HasNews(SafeSocketHandle socket)
    {
        try
        {
            byte first;
            return Result(Receive(socket, &first, 1, DontWait | Peek), out var error) >= 0 || error != SocketError.WouldBlock;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>Sends what fits.</summary>
    /// <returns>The bytes taken, or -1 with the error.</returns>
    public static int Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, out SocketError error)
    {
        fixed (byte* start = bytes)
        {
            var part = new Part { Start = start, Length = bytes.Length };
            return Send(socket, &part, 1, out error);
        }
    }

    /// <summary>Sends what fits, of bytes that lie in several places.</summary>
    /// <returns>The bytes taken, or -1 with the error.</returns>
    public static int Send(SafeSocketHandle socket, in ReadOnlySequence<byte> bytes, out SocketError error)
    {
        var pins = default(Pins);
        var parts = stackalloc Part[MostParts];
        var count = 0;
        try
        {
            foreach (var segment in bytes)
            {
                if (!segment.IsEmpty)
                {
                    pins[count] = segment.Pin();
                    parts[count] = new Part { Start = (byte*)pins[count].Pointer, Length = segment.Length };
                    if (++count == MostParts)
                    {
                        break;
                    }
                }
            }

            return Send(socket, parts, count, out error);
        }
        finally
        {
            for (var i = 0; i < count; i++)
            {
                pins[i].Dispose();
            }
        }
    }

    /// <summary>Begins to connect; the socket does not block from here on.</summary>
    /// <returns>Whether it is connected; otherwise <see cref="SocketError.InProgress"/> says to wait until it can be written to.</returns>
    public static bool Connect(SafeSocketHandle socket, SocketAddress address, out SocketError error)
    {
        const int SetFlags = 4;
        const int NonBlocking = 0x800;
        fixed (byte* bytes = address.Buffer.Span)
        {
            if (Control(socket, SetFlags, NonBlocking) == 0 && Connect(socket, bytes, (uint)address.Size) == 0)
            {
                error = SocketError.Success;
                return true;
            }

            Result(-1, out error);
            return false;
        }
    }

    /// <summary>What a call on a closed socket gives.</summary>
    public static int Closed(out SocketError error)
    {
        error = SocketError.OperationAborted;
        return -1;
    }

    private static int Send(SafeSocketHandle socket, Part* parts, int count, out SocketError error)
    {
        var message = new Message { Parts = parts, PartCount = count };
        try
        {
            nint sent;
            while ((sent = SendMessage(socket, &message, DontWait | NoSignal)) < 0 && IsInterrupted(out error))
            {
            }

            return Result(sent, out error);
        }
        catch (ObjectDisposedException)
        {
            return Closed(out error);
        }
    }

    private static bool IsInterrupted(out SocketError error)
    {
        error = SocketError.Interrupted;
        return Marshal.GetLastPInvokeError() == 4;
    }

    private static int Result(nint count, out SocketError error)
    {
        // errno's numbers are those of Linux on all its processors but MIPS and SPARC, where .NET 10 does not run.
        error = count >= 0 ? SocketError.Success : Marshal.GetLastPInvokeError() switch
        {
            11 => SocketError.WouldBlock,
            32 => SocketError.Shutdown,
            103 => SocketError.ConnectionAborted,
            104 => SocketError.ConnectionReset,
            110 => SocketError.TimedOut,
            13 or 1 => SocketError.AccessDenied,
            24 or 23 => SocketError.TooManyOpenSockets,
            99 => SocketError.AddressNotAvailable,
            101 => SocketError.NetworkUnreachable,
            111 => SocketError.ConnectionRefused,
            113 => SocketError.HostUnreachable,
            115 => SocketError.InProgress,
            _ => SocketError.SocketError,
        };
        return (int)count;
    }

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(SafeSocketHandle socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeSocketHandle socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(SafeSocketHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeSocketHandle socket, int command, int argument);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Part
    {
        public byte* Start;
        public nint Length;
    }

    /// <summary>struct msghdr of 64-bit Linux; the C libraries differ in the width of the counts alone, and the kernel reads 64 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public nint Name;
        public nint NameLength;
        public Part* Parts;
        public nint PartCount;
        public nint Control;
        public nint ControlLength;
        public nint Flags;
    }

    [InlineArray(MostParts)]
    private struct Pins
    {
        private MemoryHandle _first;
    }
}
