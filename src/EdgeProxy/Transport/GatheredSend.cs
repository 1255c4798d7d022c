using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EdgeProxy.Transport;

/// <summary>Sends bytes that lie in several places by one call, writev(2), without a list to be built for it.</summary>
internal static unsafe partial class GatheredSend
{
    // 16 of Kestrel's blocks are 64 KB: more than a socket takes at once under load.
    private const int Most = 16;
    private const int TryAgain = 11;
    private const int Interrupted = 4;

    /// <summary>Sends from the start of the sequence.</summary>
    /// <returns>The bytes taken, or -1 with the error.</returns>
    public static int Send(SafeHandle socket, in ReadOnlySequence<byte> bytes, out SocketError error)
    {
        var pins = default(Pins);
        var parts = stackalloc Part[Most];
        var count = 0;
        try
        {
            foreach (var segment in bytes)
            {
                if (segment.IsEmpty)
                {
                    continue;
                }

                pins[count] = segment.Pin();
                parts[count] = new Part { Start = (byte*)pins[count].Pointer, Length = segment.Length };
                if (++count == Most)
                {
                    break;
                }
            }

            while (true)
            {
                var sent = WriteVector(socket, parts, count);
                if (sent >= 0)
                {
                    error = SocketError.Success;
                    return (int)sent;
                }

                var code = Marshal.GetLastPInvokeError();
                if (code != Interrupted)
                {
                    error = code == TryAgain ? SocketError.WouldBlock : SocketError.ConnectionReset;
                    return -1;
                }
            }
        }
        finally
        {
            for (var i = 0; i < count; i++)
            {
                pins[i].Dispose();
            }
        }
    }

    // .NET ignores SIGPIPE for the whole process, so a closed peer is an error code here.
    [LibraryImport("libc", EntryPoint = "writev", SetLastError = true)]
    private static partial nint WriteVector(SafeHandle socket, Part* parts, int count);

    [StructLayout(LayoutKind.Sequential)]
    private struct Part
    {
        public byte* Start;
        public nint Length;
    }

    [InlineArray(Most)]
    private struct Pins
    {
        private MemoryHandle _first;
    }
}
