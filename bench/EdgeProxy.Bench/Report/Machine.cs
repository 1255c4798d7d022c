using System.Runtime.InteropServices;
using EdgeProxy.Bench.Proxies;

namespace EdgeProxy.Bench.Report;

/// <summary>Where a run was measured: figures mean little without it.</summary>
internal static class Machine
{
    /// <summary>CPU, cores and kernel.</summary>
    public static string Line { get; } = $"{CpuModel()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, kernel {Environment.OSVersion.Version}";

    /// <summary>The versions of what was measured.</summary>
    public static string Versions(IEnumerable<ProxyRow> proxies) => string.Join(
        ", ",
        proxies.Where(proxy => !string.IsNullOrEmpty(proxy.Found.Version)).Select(proxy => $"{ProxyCatalog.Title(proxy.Name).Trim('*')} {proxy.Found.Version}"));

    private static string CpuModel()
    {
        const string Key = "model name";
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
