namespace EdgeProxy.Configuration;

/// <summary>What the configuration files held at one moment.</summary>
internal sealed record FileContents
{
    /// <summary>All values, flattened; a later file's stand over an earlier one's. Keys are compared without regard to case.</summary>
    public required IReadOnlyDictionary<string, string?> Data { get; init; }

    /// <summary>The files that were read, as they were named or found, in order.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The sections at the top of the files, and the last file that has each.</summary>
    public required IReadOnlyDictionary<string, string> TopLevelKeys { get; init; }

    /// <summary>Files that are missing, cannot be read or are not JSON.</summary>
    public required IReadOnlyList<ConfigurationProblem> Problems { get; init; }

    /// <summary>The bytes of each file that could be read, in order: where a key stands is looked up when somebody asks.</summary>
    public required IReadOnlyList<(string File, byte[] Text)> Texts { get; init; }

    /// <summary>What <see cref="ConfigurationFiles.Fingerprint"/> said before they were read.</summary>
    public required string Fingerprint { get; init; }
}
