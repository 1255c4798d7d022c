namespace EdgeProxy.Configuration;

/// <summary>A changed configuration that was not taken over, and all that was wrong with it.</summary>
/// <param name="At">When it was refused.</param>
/// <param name="Problems">Every reason: where it stands and what is wrong. Never empty.</param>
internal sealed record ConfigurationRefusal(DateTimeOffset At, IReadOnlyList<ConfigurationProblem> Problems)
{
    /// <summary>All reasons on one line.</summary>
    public override string ToString() => string.Join(" | ", Problems);
}
