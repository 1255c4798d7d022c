namespace EdgeProxy.Configuration;

/// <summary>One thing that is wrong, or odd, in the configuration.</summary>
/// <param name="Path">The full path of the key (<c>EdgeProxy:StreamPolicies:chat:KeepAlive:Interval</c>), or the file.</param>
/// <param name="Message">What is wrong, with the offending value.</param>
/// <param name="Allowed">What is allowed, where that can be said.</param>
internal sealed record ConfigurationProblem(string Path, string Message, string? Allowed = null)
{
    /// <summary>The file, as it was named or found; null where the environment or the command line is to blame, or no file has the key.</summary>
    public string? File { get; init; }

    /// <summary>The line in the file, from 1; null where it is not known.</summary>
    public long? Line { get; init; }

    /// <summary>The byte in the line, from 1; known where the file is no JSON.</summary>
    public long? Position { get; init; }

    /// <summary>The problem on one line.</summary>
    public override string ToString()
    {
        var allowed = Allowed is null ? "" : $"; allowed: {Allowed}";
        var place = File is null || File == Path ? "" : Line is null ? $"; in {File}" : $"; in {File}, line {Line}";
        return $"{Path}: {Message}{allowed}{place}".ReplaceLineEndings(" ");
    }
}

/// <summary>What is found while a configuration is read: all of it, not the first.</summary>
internal sealed class ProblemList
{
    private readonly List<ConfigurationProblem> _errors = [];
    private readonly List<ConfigurationProblem> _warnings = [];

    /// <summary>What makes the configuration unusable.</summary>
    public IReadOnlyList<ConfigurationProblem> Errors => _errors;

    /// <summary>What is worth a line in the log.</summary>
    public IReadOnlyList<ConfigurationProblem> Warnings => _warnings;

    public void Error(string path, string message, string? allowed = null) => _errors.Add(new(path, message, allowed));

    public void Error(ConfigurationProblem problem) => _errors.Add(problem);

    public void Warn(string path, string message, string? allowed = null) => _warnings.Add(new(path, message, allowed));
}
