using System.ComponentModel;
using System.Globalization;

namespace EdgeProxy.Bench.Load;

/// <summary>What a process of the bench asks of the system for itself.</summary>
internal static unsafe class OwnProcess
{
    private const int Descriptors = 7;
    private const int MostCpus = 1024;

    /// <summary>Keeps every thread of this process, and those they will start, on one CPU.</summary>
    /// <param name="cpu">Its number, from 0; null leaves the process where it may run.</param>
    public static void Pin(int? cpu)
    {
        if (cpu is not { } number)
        {
            return;
        }

        var mask = stackalloc ulong[MostCpus / 64];
        new Span<ulong>(mask, MostCpus / 64).Clear();
        mask[number / 64] = 1UL << (number % 64);
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (Libc.SetAffinity(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), MostCpus / 8, mask) != 0)
            {
                throw new Win32Exception();
            }
        }
    }

    /// <summary>Allows this process as many descriptors as it may have.</summary>
    public static void RaiseDescriptorLimit()
    {
        Libc.ResourceLimit limit;
        if (Libc.GetLimit(Descriptors, &limit) == 0)
        {
            limit.Soft = limit.Hard;
            _ = Libc.SetLimit(Descriptors, &limit);
        }
    }
}
