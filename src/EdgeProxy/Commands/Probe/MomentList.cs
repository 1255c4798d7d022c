namespace EdgeProxy.Commands.Probe;

/// <summary>The lines of a timeline, bounded: a server may send as many keep-alives as it likes.</summary>
/// <param name="limit">How many of a kind are listed.</param>
/// <param name="onMoment">Called with each that is.</param>
internal sealed class MomentList(int limit, Action<Moment>? onMoment)
{
    private readonly List<Moment> _listed = [];
    private readonly Dictionary<MomentKind, int> _counts = [];

    public IReadOnlyList<Moment> Listed => _listed;

    public void Add(Moment moment)
    {
        var count = _counts[moment.Kind] = _counts.GetValueOrDefault(moment.Kind) + 1;
        if (count > limit)
        {
            return;
        }

        if (count == limit)
        {
            moment = moment with { Text = $"{moment.Text} (the last of its kind that is listed)".TrimStart() };
        }

        _listed.Add(moment);
        onMoment?.Invoke(moment);
    }
}
