using System.Diagnostics;

namespace EdgeProxy.Bench.Load;

/// <summary>Nanoseconds of <c>CLOCK_MONOTONIC</c>: the same in every process of the machine.</summary>
internal static unsafe class Clock
{
    public const long Second = 1_000_000_000;
    public const long Millisecond = 1_000_000;
    public const long Microsecond = 1_000;

    private const int ProcessCpuTime = 2;

    /// <summary>Now. The framework's own high-resolution clock is this one on Linux.</summary>
    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>The CPU time that this process has used, user and kernel, all threads, in nanoseconds.</summary>
    public static long ProcessCpu
    {
        get
        {
            Libc.TimeSpec time;
            _ = Libc.GetTime(ProcessCpuTime, &time);
            return (time.Seconds * Second) + time.Nanoseconds;
        }
    }

    public static long FromSeconds(double seconds) => (long)(seconds * Second);
}
