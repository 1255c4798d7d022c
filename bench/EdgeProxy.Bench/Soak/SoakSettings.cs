namespace EdgeProxy.Bench.Soak;

/// <summary>What a soak is asked for.</summary>
/// <param name="Duration">How long the load is on.</param>
/// <param name="WarmUp">How long a load of the same kind is on before the start is measured.</param>
/// <param name="Streams">How many streams at a time.</param>
/// <param name="Seed">Of the mix.</param>
internal sealed record SoakSettings(TimeSpan Duration, TimeSpan WarmUp, int Streams, int Seed);
