namespace EdgeProxy.Commands.Probe;

/// <summary>A silence.</summary>
/// <param name="At">When it ended, since the probe began.</param>
/// <param name="Length">How long it was.</param>
internal readonly record struct Silence(TimeSpan At, TimeSpan Length);

/// <summary>The silences of a stream.</summary>
/// <param name="from">The shortest that is told.</param>
/// <param name="limit">How many are listed; what comes after is only counted.</param>
internal sealed class SilenceLog(TimeSpan from, int limit)
{
    private readonly List<Silence> _listed = [];

    /// <summary>The longest of all.</summary>
    public Silence Longest { get; private set; }

    /// <summary>How many there were to tell.</summary>
    public long Count { get; private set; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<Silence> Listed => _listed;

    /// <summary>Notes a silence and returns its length if it is to be told.</summary>
    public TimeSpan? Add(Silence silence)
    {
        Longest = silence.Length > Longest.Length ? silence : Longest;
        if (silence.Length < from)
        {
            return null;
        }

        Count++;
        if (_listed.Count < limit)
        {
            _listed.Add(silence);
        }

        return silence.Length;
    }
}
