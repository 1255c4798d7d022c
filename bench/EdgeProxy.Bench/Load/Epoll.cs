using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeProxy.Bench.Load;

/// <summary>A level-triggered epoll set whose entries are known by their descriptors. For one thread.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    public const uint Readable = 1;
    public const uint Writable = 4;

    private const int Add = 1;
    private const int Remove = 2;
    private const int Modify = 3;
    private const int Capacity = 512;

    // The kernel's struct is packed on x86-64 alone.
    private static readonly int Stride = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly byte* _events = (byte*)NativeMemory.Alloc(16 * Capacity);
    private readonly int _descriptor;
    private bool _precise = true;

    public Epoll()
    {
        _descriptor = Libc.EpollCreate(Libc.CloseOnExec);
        if (_descriptor < 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Adds a descriptor; false if it is of a kind that cannot be waited for (a file, the null device).</summary>
    public bool TryAdd(int descriptor, uint interest) => Control(Add, descriptor, interest) == 0;

    /// <summary>Changes what a descriptor is waited for.</summary>
    public void Change(int descriptor, uint interest)
    {
        if (Control(Modify, descriptor, interest) != 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Takes a descriptor out; a closed one leaves by itself.</summary>
    public void Leave(int descriptor) => Control(Remove, descriptor, 0);

    /// <summary>Waits until something is ready or the time is over.</summary>
    /// <param name="nanoseconds">The longest wait; 0 does not wait.</param>
    /// <returns>How many entries <see cref="Ready"/> has.</returns>
    public int Wait(long nanoseconds)
    {
        int count;
        if (nanoseconds <= 0)
        {
            count = Libc.EpollWait(_descriptor, _events, Capacity, 0);
        }
        else if (_precise)
        {
            var timeout = new Libc.TimeSpec { Seconds = nanoseconds / Clock.Second, Nanoseconds = nanoseconds % Clock.Second };
            count = Libc.EpollWaitPrecisely(_descriptor, _events, Capacity, &timeout, 0);
            if (count < 0 && Marshal.GetLastPInvokeError() == Libc.NoSystemCallError)
            {
                _precise = false;
                return Wait(nanoseconds);
            }
        }
        else
        {
            count = Libc.EpollWait(_descriptor, _events, Capacity, (int)(nanoseconds / Clock.Millisecond));
        }

        return count >= 0 ? count
            : Marshal.GetLastPInvokeError() == Libc.InterruptedError ? 0
            : throw new Win32Exception();
    }

    /// <summary>The entry at an index below what <see cref="Wait"/> returned. An error or a hang-up shows as readable: the read tells.</summary>
    public (int Descriptor, bool IsReadable, bool IsWritable) Ready(int index)
    {
        var entry = _events + (index * Stride);
        var what = *(uint*)entry;
        return (*(int*)(entry + Stride - 8), (what & ~Writable) != 0, (what & Writable) != 0);
    }

    public void Dispose()
    {
        _ = Libc.Close(_descriptor);
        NativeMemory.Free(_events);
    }

    private int Control(int operation, int descriptor, uint interest)
    {
        var entry = stackalloc byte[16];
        *(uint*)entry = interest;
        *(long*)(entry + Stride - 8) = descriptor;
        return Libc.EpollControl(_descriptor, operation, descriptor, entry);
    }
}
