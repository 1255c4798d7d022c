namespace EdgeProxy.Bench.Report;

/// <summary>Maps values to places on the picture, and knows which values to mark.</summary>
internal sealed class Scale
{
    private static readonly int[] NiceFactors = [1, 2, 5, 10];
    private readonly double _from;
    private readonly double _to;
    private readonly double _start;
    private readonly double _end;
    private readonly bool _isLog;

    private Scale(bool isLog, double from, double to, double start, double end, IReadOnlyList<double> ticks) =>
        (_isLog, _from, _to, _start, _end, Ticks) = (isLog, from, to, start, end, ticks);

    /// <summary>The values to mark.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A scale that holds all values: a linear one from zero, a logarithmic one from power of ten to power of ten.</summary>
    /// <param name="axis">Linear or not; values below or at zero have no place on a logarithmic axis.</param>
    /// <param name="values">What is to be shown.</param>
    /// <param name="start">The place of the lowest value.</param>
    /// <param name="end">The place of the highest.</param>
    public static Scale Of(Axis axis, IEnumerable<double> values, double start, double end)
    {
        double[] shown = [.. values.Where(value => !axis.IsLog || value > 0).DefaultIfEmpty(1)];
        if (axis.IsLog)
        {
            var lowest = (int)Math.Floor(Math.Log10(shown.Min()));
            var highest = Math.Max(lowest + 1, (int)Math.Ceiling(Math.Log10(shown.Max())));
            return new(true, lowest, highest, start, end, [.. Enumerable.Range(lowest, highest - lowest + 1).Select(power => Math.Pow(10, power))]);
        }

        var top = Math.Max(shown.Max(), 1e-9);
        var step = NiceStep(top / 5);
        var steps = (int)Math.Ceiling(top / step);
        return new(false, 0, steps * step, start, end, [.. Enumerable.Range(0, steps + 1).Select(index => index * step)]);
    }

    public double At(double value) => _start + (((_isLog ? Math.Log10(Math.Max(value, double.Epsilon)) : value) - _from) / (_to - _from) * (_end - _start));

    /// <summary>1, 2 or 5 times a power of ten, at least as large as asked.</summary>
    private static double NiceStep(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return NiceFactors.First(factor => factor * power >= least * 0.999) * power;
    }
}
