using System.Globalization;

namespace EdgeProxy.Bench.Measure;

/// <summary>What some CPUs have worked since the machine began, in nanoseconds, whoever it was for: what a hypervisor took from them counts, interrupts do not.</summary>
internal static class CpuUse
{
    private const int User = 1;
    private const int Nice = 2;
    private const int System = 3;
    private const int Steal = 8;
    private const long NanosecondsPerTick = 10_000_000;

    /// <summary>Adds up the CPUs; exact to a hundredth of a second each.</summary>
    public static long Of(IReadOnlyCollection<int> cpus)
    {
        var names = cpus.Select(cpu => string.Create(CultureInfo.InvariantCulture, $"cpu{cpu}")).ToHashSet();
        return File.ReadLines("/proc/stat")
            .Select(line => line.Split(' '))
            .Where(fields => names.Contains(fields[0]))
            .Sum(fields => Ticks(fields, User) + Ticks(fields, Nice) + Ticks(fields, System) + Ticks(fields, Steal)) * NanosecondsPerTick;
    }

    private static long Ticks(string[] fields, int place) => long.Parse(fields[place], CultureInfo.InvariantCulture);
}
