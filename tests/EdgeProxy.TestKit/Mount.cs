using System.Globalization;

namespace EdgeProxy.TestKit;

/// <summary>
/// A folder that is kept as the kubelet keeps a ConfigMap or Secret volume (its <c>AtomicWriter</c>): the files lie in a folder with a timestamp,
/// <c>..data</c> leads there and is swapped by a rename, and what is seen are links through <c>..data</c>.
/// </summary>
internal sealed class Mount
{
    private readonly string _path;
    private int _version;

    /// <summary>Makes it, empty.</summary>
    public Mount(string path)
    {
        _path = path;
        Directory.CreateDirectory(path);
    }

    /// <summary>Puts these files in the place of all that are there.</summary>
    public void Update(params (string Name, string Text)[] files) => Update(static () => { }, files);

    /// <summary>Puts these files in the place of all that are there, and calls back after each step on the way.</summary>
    public void Update(Action afterEachStep, params (string Name, string Text)[] files)
    {
        var old = new DirectoryInfo(At("..data")).LinkTarget;
        var folder = string.Create(CultureInfo.InvariantCulture, $"..2026_11_21_10_00_{_version++:00}.{Random.Shared.Next(1_000_000_000)}");
        Directory.CreateDirectory(At(folder));
        foreach (var (name, text) in files)
        {
            File.WriteAllText(Path.Combine(At(folder), name), text);
            afterEachStep();
        }

        File.CreateSymbolicLink(At("..data_tmp"), folder);
        afterEachStep();
        Process("mv", "-T", At("..data_tmp"), At("..data"));
        afterEachStep();
        foreach (var (name, _) in files)
        {
            if (new FileInfo(At(name)).LinkTarget is null)
            {
                File.CreateSymbolicLink(At(name), $"..data/{name}");
                afterEachStep();
            }
        }

        foreach (var link in Directory.GetFileSystemEntries(_path).Where(static path => !Path.GetFileName(path).StartsWith("..", StringComparison.Ordinal)))
        {
            if (!files.Any(file => file.Name == Path.GetFileName(link)))
            {
                File.Delete(link);
                afterEachStep();
            }
        }

        if (old is not null)
        {
            Directory.Delete(At(old), recursive: true);
            afterEachStep();
        }
    }

    private static void Process(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed.");
        }
    }

    private string At(string name) => Path.Combine(_path, name);
}
