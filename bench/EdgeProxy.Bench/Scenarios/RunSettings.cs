namespace EdgeProxy.Bench.Scenarios;

/// <summary>What is common to all cells of a run.</summary>
/// <param name="Rounds">How often every proxy runs every scenario.</param>
/// <param name="Seconds">How long the measured window is.</param>
/// <param name="Warmup">Seconds before the window opens; null: each scenario's own.</param>
/// <param name="Scale">The part of the streams that is run.</param>
/// <param name="ProxyCpus">The CPUs that the proxy runs on.</param>
/// <param name="LoadCpus">The CPUs that load generator and backend share.</param>
internal sealed record RunSettings(int Rounds, double Seconds, double? Warmup, double Scale, IReadOnlyList<int> ProxyCpus, IReadOnlyList<int> LoadCpus);
