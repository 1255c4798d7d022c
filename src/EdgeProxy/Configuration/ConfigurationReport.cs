namespace EdgeProxy.Configuration;

/// <summary>What the validator says of one configuration.</summary>
internal sealed record ConfigurationReport
{
    /// <summary>What makes it unusable: all of it.</summary>
    public required IReadOnlyList<ConfigurationProblem> Errors { get; init; }

    /// <summary>What is worth a line in the log.</summary>
    public required IReadOnlyList<ConfigurationProblem> Warnings { get; init; }

    /// <summary>The files it was read from, in the order in which they were laid over each other.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>How many routes there are.</summary>
    public int Routes { get; init; }

    /// <summary>How many clusters there are.</summary>
    public int Clusters { get; init; }

    /// <summary>How many stream policies there are, <c>Default</c> included and <c>Off</c> not.</summary>
    public int Policies { get; init; }

    /// <summary>Whether it can be used.</summary>
    public bool IsValid => Errors.Count == 0;

    /// <summary>What it holds, in words.</summary>
    public string Summary
    {
        get
        {
            var files = Files.Count == 0 ? "no files" : string.Join(", ", Files);
            return $"{Count(Routes, "route")}, {Count(Clusters, "cluster")}, {Count(Policies, "stream policy", "stream policies")} from {files}";
        }
    }

    private static string Count(int number, string one, string? many = null) => number == 1 ? $"1 {one}" : $"{number} {many ?? one + "s"}";
}

/// <summary>The configuration at start cannot be used. The message has every error on a line of its own.</summary>
internal sealed class InvalidConfigurationException(ConfigurationReport report)
    : Exception(string.Join(Environment.NewLine, report.Errors))
{
    /// <summary>All that was found.</summary>
    public ConfigurationReport Report { get; } = report;
}
