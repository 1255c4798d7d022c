using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.Transport;

/// <summary>Linux's epoll(7) and the eventfd(2) that wakes it, which .NET does not offer.</summary>
internal static unsafe partial class Epoll
{
    /// <summary>Something can be read, or the peer has ended its side.</summary>
    public const uint Readable = 0x001;

    /// <summary>Something can be written.</summary>
    public const uint Writable = 0x004;

    /// <summary>The socket failed.</summary>
    public const uint Failed = 0x008;

    /// <summary>Both sides are over.</summary>
    public const uint HungUp = 0x010;

    /// <summary>The peer has ended its side.</summary>
    public const uint PeerEnded = 0x2000;

    /// <summary>Events are told once for each change, not for as long as they hold.</summary>
    public const uint EdgeTriggered = 1u << 31;

    // struct epoll_event is packed on x64 alone (linux/eventpoll.h, EPOLL_PACKED).
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int TokenOffset = EventSize - sizeof(ulong);

    /// <summary>Whether this system has epoll and eventfd; gVisor and some seccomp profiles lack one or the other.</summary>
    public static bool IsSupported { get; } = Probe();

    /// <summary>A new epoll instance.</summary>
    public static SafeFileHandle Create() => Owned(EpollCreate1(CloseOnExec));

    /// <summary>A new counter that wakes an epoll instance, non-blocking.</summary>
    public static SafeFileHandle CreateWakeUp() => Owned(EventFd(0, CloseOnExec | NonBlocking));

    /// <summary>Watches a descriptor; its events carry the token.</summary>
    public static void Add(SafeFileHandle epoll, SafeHandle watched, uint events, ulong token)
    {
        var entry = stackalloc byte[16];
        *(uint*)entry = events;
        *(ulong*)(entry + TokenOffset) = token;
        if (EpollCtl(epoll, CtlAdd, watched, entry) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Waits for events.</summary>
    /// <param name="epoll">The instance.</param>
    /// <param name="buffer">Room for <see cref="BufferSize"/> of the events wanted at most.</param>
    /// <param name="capacity">How many events are wanted at most.</param>
    /// <param name="forever">Whether to wait for as long as it takes, or not at all.</param>
    /// <returns>How many came; 0 too if a signal interrupted.</returns>
    public static int Wait(SafeFileHandle epoll, byte* buffer, int capacity, bool forever)
    {
        var count = EpollWait(epoll, buffer, capacity, forever ? -1 : 0);
        if (count >= 0)
        {
            return count;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == Interrupted ? 0 : throw new Win32Exception(error);
    }

    /// <summary>Bytes that hold so many events.</summary>
    public static int BufferSize(int events) => events * EventSize;

    /// <summary>One event of those that <see cref="Wait"/> wrote.</summary>
    public static (uint Events, ulong Token) Read(byte* buffer, int index)
    {
        var entry = buffer + (index * EventSize);
        return (*(uint*)entry, *(ulong*)(entry + TokenOffset));
    }

    /// <summary>Wakes whoever waits for the counter.</summary>
    public static void WakeUp(SafeFileHandle counter)
    {
        var one = stackalloc byte[sizeof(ulong)];
        *(ulong*)one = 1;
        _ = Write(counter, one, sizeof(ulong));
    }

    /// <summary>Takes the wake-ups back that came so far.</summary>
    public static void Reset(SafeFileHandle counter)
    {
        var count = stackalloc byte[sizeof(ulong)];
        _ = Read(counter, count, sizeof(ulong));
    }

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int CtlAdd = 1;
    private const int Interrupted = 4;

    private static bool Probe()
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            using var epoll = Create();
            using var counter = CreateWakeUp();
            Add(epoll, counter, Readable | EdgeTriggered, 0);
            return true;
        }
        catch (Exception e) when (e is Win32Exception or EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    private static SafeFileHandle Owned(int descriptor) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw new Win32Exception(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate1(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollCtl(SafeHandle epoll, int operation, SafeHandle watched, byte* entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(SafeHandle epoll, byte* events, int capacity, int timeout);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeHandle file, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeHandle file, byte* bytes, nint count);
}
