using EdgeProxy.Bench.Report;

namespace EdgeProxy.Bench.Scenarios;

/// <summary>How a cost grows with one thing, all others being equal.</summary>
/// <param name="Name">Its name on the command line, and its picture's.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Caption">How it was made, in whole sentences.</param>
/// <param name="X">What grows.</param>
/// <param name="Y">What it costs: the first metric.</param>
/// <param name="Metrics">What the table has; the picture shows the first.</param>
/// <param name="Points">A scenario for each place on the axis.</param>
internal sealed record GrowthStudy(string Name, string Title, string Caption, Axis X, Axis Y, IReadOnlyList<Metric> Metrics, IReadOnlyList<GrowthPoint> Points)
{
    /// <summary>The same with a part of the streams.</summary>
    public GrowthStudy Scaled(double scale) => scale == 1 ? this : this with
    {
        Points = [.. Points.Select(point => point with { Scenario = point.Scenario with { Plan = point.Scenario.Plan.Scaled(scale) } })],
    };
}

/// <summary>A place on a study's axis.</summary>
internal sealed record GrowthPoint(double X, Scenario Scenario);
