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

    /// <summary>How long a CPU has been idle since the machine started, in nanoseconds, to a hundredth of a second; 0 for none.</summary>
    public static long IdleTime(int? cpu)
    {
        const int Idle = 4;
        const long Tick = Clock.Second / 100;
        var name = string.Create(CultureInfo.InvariantCulture, $"cpu{cpu} ");
        return cpu is null ? 0
            : File.ReadLines("/proc/stat").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(' ') is { } fields
                ? (long.Parse(fields[Idle], CultureInfo.InvariantCulture) + long.Parse(fields[Idle + 1], CultureInfo.InvariantCulture)) * Tick
                : 0;
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
