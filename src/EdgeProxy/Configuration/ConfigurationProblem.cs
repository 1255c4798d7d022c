namespace EdgeProxy.Configuration;

/// <summary>One thing that is wrong, or odd, in the configuration.</summary>
/// <param name="Path">The full path of the key (<c>EdgeProxy:StreamPolicies:chat:KeepAlive:Interval</c>), or the file.</param>
/// <param name="Message">What is wrong, with the offending value.</param>
/// <param name="Allowed">What is allowed, where that can be said.</param>
internal sealed record ConfigurationProblem(string Path, string Message, string? Allowed = null)
{
    /// <summary>The problem on one line.</summary>
    public override string ToString()
    {
        var text = Allowed is null ? $"{Path}: {Message}" : $"{Path}: {Message}; allowed: {Allowed}";
        return text.ReplaceLineEndings(" ");
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
