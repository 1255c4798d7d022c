namespace EdgeProxy.Bench.Soak;

/// <summary>What a soak found.</summary>
/// <param name="Settings">What was asked for.</param>
/// <param name="Cold">The proxy before it had done anything.</param>
/// <param name="Start">At rest, after the warm-up.</param>
/// <param name="Samples">Under load.</param>
/// <param name="End">At rest, after the load.</param>
/// <param name="Tally">What became of the streams.</param>
/// <param name="Complaints">What the proxy logged as errors.</param>
/// <param name="ExitCode">Of the proxy, when it was told to stop; null if it did not.</param>
internal sealed record SoakResult(
    SoakSettings Settings, SoakSample Cold, SoakSample Start, IReadOnlyList<SoakSample> Samples, SoakSample End, SoakTally Tally, IReadOnlyList<string> Complaints, int? ExitCode)
{
    /// <summary>All that is wrong; none if the soak is passed.</summary>
    public IEnumerable<string> Faults
    {
        get
        {
            if (Samples.Count == 0 || Tally.Ended == 0)
            {
                yield return "nothing ran";
            }

            foreach (var figure in SoakFigure.All.Where(figure => !figure.HasReturned(Start, End)))
            {
                yield return $"{figure.Name} did not return: {figure.Text(Start)} at the start, {figure.Text(End)} at the end";
            }

            if (Tally.Violations > 0)
            {
                yield return $"{Tally.Violations} violations";
            }

            if (Complaints.Count > 0)
            {
                yield return $"the proxy logged {Complaints.Count} errors or more";
            }

            if (ExitCode != 0)
            {
                yield return ExitCode is null ? "the proxy did not stop" : $"the proxy ended with {ExitCode}";
            }
        }
    }
}
