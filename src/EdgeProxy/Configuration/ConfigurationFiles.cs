using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeProxy.Configuration;

/// <summary>
/// The configuration files: where they are, what they hold, and whether they have changed. The framework's own JSON
/// providers empty their data when a file turns bad, and see neither a new file in a folder nor a swapped <c>..data</c> link.
/// </summary>
internal sealed class ConfigurationFiles
{
    private readonly string _workingDirectory;
    private readonly IReadOnlyList<string> _paths;
    private readonly bool _optional;

    private ConfigurationFiles(IReadOnlyList<string> paths, string workingDirectory, bool optional) =>
        (_paths, _workingDirectory, _optional) = (paths, workingDirectory, optional);

    /// <summary><c>appsettings.json</c>, then <c>config/*.json</c>, in the working directory; both may be missing.</summary>
    public static ConfigurationFiles Default(string workingDirectory) => new(["appsettings.json", "config"], workingDirectory, optional: true);

    /// <summary>These files and folders alone; one that is missing is an error.</summary>
    public static ConfigurationFiles Explicit(IReadOnlyList<string> paths, string workingDirectory) => new(paths, workingDirectory, optional: false);

    /// <summary>Reads all files. It throws nothing: what goes wrong is in <see cref="FileContents.Problems"/>.</summary>
    public FileContents Load()
    {
        var problems = new List<ConfigurationProblem>();
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var topLevel = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var fingerprint = Fingerprint();
        var files = Find(problems);
        foreach (var file in files)
        {
            if (TryParse(file, problems) is not { } parsed)
            {
                continue;
            }

            foreach (var section in parsed.GetChildren())
            {
                topLevel[section.Key] = file;
            }

            foreach (var (key, value) in parsed.AsEnumerable())
            {
                data[key] = value;
            }
        }

        return new() { Data = data, Files = files, TopLevelKeys = topLevel, Problems = problems, Fingerprint = fingerprint };
    }

    /// <summary>
    /// A text that changes when a file is written, replaced, added or removed, or when a link on the way to it is
    /// swapped. It throws nothing.
    /// </summary>
    public string Fingerprint()
    {
        var text = new StringBuilder();
        foreach (var file in Find(null))
        {
            text.Append(file).Append('|').AppendLine(FingerprintOf(Resolve(file)));
        }

        return text.ToString();
    }

    private static string FingerprintOf(string path)
    {
        try
        {
            var target = LinkTarget.Resolve(path);
            var info = new FileInfo(target);
            return info.Exists ? string.Create(CultureInfo.InvariantCulture, $"{target}|{info.Length}|{info.LastWriteTimeUtc.Ticks}") : "missing";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.GetType().Name;
        }
    }

    private List<string> Find(List<ConfigurationProblem>? problems)
    {
        var files = new List<string>();
        foreach (var path in _paths)
        {
            var resolved = Resolve(path);
            if (Directory.Exists(resolved))
            {
                files.AddRange(JsonFilesOf(path, resolved, problems));
            }
            else if (!_optional || File.Exists(resolved))
            {
                // A named file that is missing stays in the list: reading it says so.
                files.Add(path);
            }
        }

        return files;
    }

    private static IEnumerable<string> JsonFilesOf(string path, string resolved, List<ConfigurationProblem>? problems)
    {
        try
        {
            // Names with a dot in front are an editor's, or Kubernetes' own (..data).
            return Directory.GetFiles(resolved)
                .Select(file => Path.GetFileName(file))
                .Where(name => name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !name.StartsWith('.'))
                .Order(StringComparer.Ordinal)
                .Select(name => Path.Combine(path, name));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems?.Add(new(path, $"cannot be read: {failure.Message}", "a folder of JSON files"));
            return [];
        }
    }

    private IConfigurationRoot? TryParse(string file, List<ConfigurationProblem> problems)
    {
        const string Allowed = "a JSON object; comments and trailing commas are fine";
        try
        {
            using var stream = File.OpenRead(Resolve(file));
            return new ConfigurationBuilder().AddJsonStream(stream).Build();
        }
        catch (JsonException failure)
        {
            problems.Add(new(file, $"is not valid JSON at line {failure.LineNumber + 1}, position {failure.BytePositionInLine + 1}: {WithoutPosition(failure.Message)}", Allowed));
        }
        catch (FormatException failure)
        {
            problems.Add(new(file, $"is not valid: {failure.Message}", Allowed));
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            problems.Add(new(file, "does not exist", "a JSON file, or a folder of them"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add(new(file, $"cannot be read: {failure.Message}", "a file that this process may read"));
        }

        return null;
    }

    /// <summary>The parser counts lines from 0, editors from 1.</summary>
    private static string WithoutPosition(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }

    private string Resolve(string path) => Path.GetFullPath(path, _workingDirectory);
}
