using System.Globalization;

namespace EdgeProxy.Bench.Measure;

/// <summary>Which processes belong together: a program and everything it started.</summary>
internal static class ProcessTree
{
    /// <summary>The process and its descendants that run now; empty when it has ended.</summary>
    public static IReadOnlyList<int> Of(int root)
    {
        var childrenOf = Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0)
            .Select(pid => (Pid: pid, Parent: ParentOf(pid)))
            .Where(entry => entry.Parent is not null)
            .ToLookup(entry => entry.Parent!.Value, entry => entry.Pid);
        if (!Directory.Exists($"/proc/{root}"))
        {
            return [];
        }

        List<int> found = [root];
        for (var next = 0; next < found.Count; next++)
        {
            found.AddRange(childrenOf[found[next]]);
        }

        return found;
    }

    private static int? ParentOf(int pid)
    {
        try
        {
            // The command's name stands in brackets and may hold anything: fields are counted from the last one.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat.AsSpan(stat.LastIndexOf(')') + 2).ToString().Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
