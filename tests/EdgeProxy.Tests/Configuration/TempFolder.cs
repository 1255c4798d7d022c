using EdgeProxy.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Configuration;

/// <summary>A folder of its own for one test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("edgeproxy-").FullName;

    /// <summary>Settings of a host in this folder that sees nothing outside it and writes no log.</summary>
    public EdgeProxyHostSettings Settings => new()
    {
        WorkingDirectory = Path,
        ReadEnvironment = false,
        ConfigureServices = services => services.RemoveAll<ILoggerProvider>(),
        Settings = new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0", ["EdgeProxy:Admin:Url"] = "http://127.0.0.1:0" },
    };

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public void Write(string name, string text)
    {
        var path = At(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>Writes beside the file and renames over it, as careful editors and deploy tools do.</summary>
    public void Replace(string name, string text)
    {
        File.WriteAllText(At(name + ".tmp"), text);
        File.Move(At(name + ".tmp"), At(name), overwrite: true);
    }

    /// <summary>Removes a file, or a link, wherever it leads.</summary>
    public void Remove(string name) => File.Delete(At(name));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
