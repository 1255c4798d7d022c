namespace EdgeProxy.Configuration;

/// <summary>Where a path really leads.</summary>
internal static class LinkTarget
{
    private const int MaxLinks = 40;

    /// <summary>
    /// The path with every link on the way resolved, also those of folders in its middle: a Kubernetes mount is
    /// <c>a.json → ..data/a.json</c>, and only the folder link <c>..data</c> is ever swapped. The path need not exist.
    /// </summary>
    /// <exception cref="IOException">The links go round in a circle, or cannot be read.</exception>
    public static string Resolve(string path)
    {
        var links = 0;
        return Resolve(Path.GetFullPath(path), ref links);
    }

    private static string Resolve(string path, ref int links)
    {
        if (Path.GetDirectoryName(path) is not { } folder)
        {
            return path;
        }

        var here = Path.Combine(Resolve(folder, ref links), Path.GetFileName(path));
        if (new FileInfo(here).LinkTarget is not { } target)
        {
            return here;
        }

        if (++links > MaxLinks)
        {
            throw new IOException($"Too many links on the way to '{path}'.");
        }

        return Resolve(Path.GetFullPath(target, Path.GetDirectoryName(here)!), ref links);
    }
}
