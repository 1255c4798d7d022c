using System.Globalization;
using System.Runtime.InteropServices;

namespace EdgeProxy.Bench.Measure;

/// <summary>What the kernel says of some processes at one moment, added up.</summary>
/// <param name="CpuNanoseconds">CPU time since their start, of all threads, those included that have ended.</param>
/// <param name="PssBytes">Memory: what is theirs alone, and their share of what they share.</param>
/// <param name="RssBytes">Resident memory.</param>
/// <param name="PeakRssBytes">The highest resident memory since <see cref="ResetPeak"/>.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Descriptors">Open descriptors.</param>
internal readonly record struct ProcessReading(long CpuNanoseconds, long PssBytes, long RssBytes, long PeakRssBytes, int Threads, int Descriptors)
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Reads the CPU time first, for that alone is a matter of microseconds; processes that have ended count nothing.</summary>
    public static ProcessReading Of(IReadOnlyList<int> pids)
    {
        var cpu = pids.Sum(CpuTime);
        long pss = 0, rss = 0, peak = 0;
        int threads = 0, descriptors = 0;
        foreach (var pid in pids)
        {
            try
            {
                pss += Kilobytes($"/proc/{pid}/smaps_rollup", "Pss:");
                var status = $"/proc/{pid}/status";
                rss += Kilobytes(status, "VmRSS:");
                peak += Kilobytes(status, "VmHWM:");
                threads += (int)Number(status, "Threads:");
                descriptors += Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count();
            }
            catch (IOException)
            {
                // It has ended.
            }
        }

        return new ProcessReading(cpu, pss, rss, peak, threads, descriptors);
    }

    /// <summary>The CPU time alone, in nanoseconds.</summary>
    public static long CpuOf(IReadOnlyList<int> pids) => pids.Sum(CpuTime);

    /// <summary>Lets the kernel count the highest resident memory from now on.</summary>
    public static void ResetPeak(IReadOnlyList<int> pids)
    {
        foreach (var pid in pids)
        {
            try
            {
                File.WriteAllText($"/proc/{pid}/clear_refs", "5");
            }
            catch (IOException)
            {
                // It has ended.
            }
        }
    }

    /// <summary>The process's CPU clock: nanoseconds, where <c>/proc/PID/stat</c> has hundredths of a second.</summary>
    private static long CpuTime(int pid) =>
        ClockGetCpuClockId(pid, out var clock) == 0 && ClockGetTime(clock, out var time) == 0 ? (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds : 0;

    private static long Kilobytes(string file, string key) => Number(file, key) * 1024;

    private static long Number(string file, string key)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(key, StringComparison.Ordinal))
            {
                return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }

    [DllImport("libc", EntryPoint = "clock_getcpuclockid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockGetCpuClockId(int pid, out int clock);

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
