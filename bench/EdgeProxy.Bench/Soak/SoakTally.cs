using System.Collections.Concurrent;

namespace EdgeProxy.Bench.Soak;

/// <summary>What became of all exchanges.</summary>
internal sealed class SoakTally
{
    private const int MaxExamples = 20;

    private readonly ConcurrentDictionary<(SoakKind Kind, string Outcome), long> _counts = new();
    private readonly ConcurrentQueue<string> _examples = new();
    private long _violations;
    private long _ended;

    /// <summary>How many have ended.</summary>
    public long Ended => Interlocked.Read(ref _ended);

    /// <summary>How many were not as they must be.</summary>
    public long Violations => Interlocked.Read(ref _violations);

    /// <summary>The first violations.</summary>
    public IReadOnlyCollection<string> Examples => _examples;

    /// <summary>Counts by kind and outcome.</summary>
    public IEnumerable<(SoakKind Kind, string Outcome, long Count)> Counts =>
        _counts.Select(static entry => (entry.Key.Kind, entry.Key.Outcome, entry.Value)).OrderBy(static entry => entry.Kind).ThenByDescending(static entry => entry.Value);

    /// <summary>Adds one.</summary>
    public void Add(SoakScript script, string outcome, string? violation)
    {
        Interlocked.Increment(ref _ended);
        _counts.AddOrUpdate((script.Kind, outcome), 1, static (_, count) => count + 1);
        if (violation is not null && Interlocked.Increment(ref _violations) <= MaxExamples)
        {
            _examples.Enqueue($"{script}: {outcome}: {violation}");
        }
    }
}
