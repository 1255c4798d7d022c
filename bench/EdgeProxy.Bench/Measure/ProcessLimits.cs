using System.Globalization;

namespace EdgeProxy.Bench.Measure;

/// <summary>What a process of this machine may have.</summary>
internal static class ProcessLimits
{
    /// <summary>Open descriptors that a process may have: the hard limit, which .NET raises its own to and children inherit.</summary>
    public static int Descriptors { get; } = ReadDescriptors();

    /// <summary>Streams that a proxy can hold: two descriptors each, and what a runtime keeps open for itself.</summary>
    public static int Streams => (Descriptors - 400) / 2;

    private static int ReadDescriptors()
    {
        const string Key = "Max open files";
        var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(Key, StringComparison.Ordinal));
        var hard = line[Key.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return int.TryParse(hard, CultureInfo.InvariantCulture, out var limit) ? Math.Min(limit, 1_000_000) : 1_000_000;
    }
}
