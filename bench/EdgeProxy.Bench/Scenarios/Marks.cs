namespace EdgeProxy.Bench.Scenarios;

/// <summary>What happens at the marks of a measured window.</summary>
internal sealed class Marks
{
    /// <summary>The window opens.</summary>
    public Action Open { get; init; } = () => { };

    /// <summary>The window closes, or has just done so.</summary>
    public Action Close { get; init; } = () => { };

    /// <summary>
    /// Seconds after which <see cref="Close"/> is done and the load is then told to end: idle streams are to be looked at while all of
    /// them still wait. 0: the load ends by itself.
    /// </summary>
    public double HoldSeconds { get; init; }
}
