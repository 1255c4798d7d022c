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
        var texts = new List<(string File, byte[] Text)>();
        var files = Find(problems);
        foreach (var file in files)
        {
            if (TryRead(file, problems) is not { } text || TryParse(file, text, problems) is not { } parsed)
            {
                continue;
            }

            texts.Add((file, text));

            foreach (var section in parsed.GetChildren())
            {
                topLevel[section.Key] = file;
            }

            foreach (var (key, value) in parsed.AsEnumerable())
            {
                data[key] = value;
            }
        }

        return new() { Data = data, Files = files, TopLevelKeys = topLevel, Problems = problems, Texts = texts, Fingerprint = fingerprint };
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
            text.Append(file).Append('|').AppendLine(FileFingerprint.Of(Resolve(file)));
        }

        return text.ToString();
    }

    private List<string> Find(List<ConfigurationProblem>? problems)
    {
        var files = new List<string>();
        foreach (var path in _paths)
        {
            var resolved = Resolve(path);
            if (Directory.Exists(resolved))
            {
                var before = files.Count;
                files.AddRange(JsonFilesOf(path, resolved, problems));
                if (!_optional && files.Count == before)
                {
                    // Emptied by a deploy tool that is about to fill it again, or not mounted: no routes at all is not what is meant.
                    problems?.Add(new(path, "holds no JSON file", "a folder with one or more *.json in it") { File = path });
                }
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
            problems?.Add(new(path, $"cannot be read: {failure.Message}", "a folder of JSON files") { File = path });
            return [];
        }
    }

    private byte[]? TryRead(string file, List<ConfigurationProblem> problems)
    {
        try
        {
            using var stream = new FileStream(Resolve(file), FileFingerprint.ShareWithWriters);
            using var text = new MemoryStream();
            stream.CopyTo(text);
            return text.ToArray();
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            problems.Add(new(file, "does not exist", "a JSON file, or a folder of them") { File = file });
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add(new(file, $"cannot be read: {failure.Message}", "a file that this process may read") { File = file });
        }

        return null;
    }

    private static IConfigurationRoot? TryParse(string file, byte[] text, List<ConfigurationProblem> problems)
    {
        const string Allowed = "a JSON object; comments and trailing commas are fine";
        try
        {
            return new ConfigurationBuilder().AddJsonStream(new MemoryStream(text)).Build();
        }
        catch (JsonException failure)
        {
            var (line, position) = (failure.LineNumber + 1, failure.BytePositionInLine + 1);
            problems.Add(new(file, $"is not valid JSON at line {line}, position {position}: {WithoutPosition(failure.Message)}", Allowed) { File = file, Line = line, Position = position });
        }
        catch (FormatException failure)
        {
            problems.Add(new(file, $"is not valid: {failure.Message}", Allowed) { File = file });
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
