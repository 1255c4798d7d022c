namespace EdgeProxy.Bench.Load;

/// <summary>Judges the order of one stream's events by their stamps.</summary>
internal sealed class EventOrder
{
    private const int MostGaps = 1024;

    private List<uint>? _gaps;
    private uint _next;

    /// <summary>Expects a stream's first event.</summary>
    public void Restart()
    {
        _next = 0;
        _gaps = null;
    }

    /// <summary>Judges the next event. What is missing may come later, and then counts as out of order too.</summary>
    /// <param name="stamp">What it says of itself.</param>
    /// <param name="stream">The stream in which it came.</param>
    /// <param name="digits">Its stamp as it came, for the example.</param>
    /// <param name="violations">Gets what is wrong.</param>
    /// <returns>True for an event that comes for the first time and is not late.</returns>
    public bool Judge(Stamp stamp, uint stream, ReadOnlySpan<byte> digits, Violations violations)
    {
        if (stamp.Stream != stream)
        {
            violations.Add(ViolationKind.WrongStream, stream, digits);
            return false;
        }

        if (stamp.Sequence < _next)
        {
            violations.Add(_gaps?.Remove(stamp.Sequence) == true ? ViolationKind.OutOfOrder : ViolationKind.Repeated, stream, digits);
            return false;
        }

        if (stamp.Sequence > _next)
        {
            violations.Add(ViolationKind.Missing, stream, digits, stamp.Sequence - _next);
            _gaps ??= [];
            for (var missing = _next; missing < stamp.Sequence && _gaps.Count < MostGaps; missing++)
            {
                _gaps.Add(missing);
            }
        }

        _next = stamp.Sequence + 1;
        return true;
    }
}
