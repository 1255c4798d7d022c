namespace EdgeProxy.Bench.Scenarios;

/// <summary>One figure of a cell.</summary>
/// <param name="Name">The head of its column, unit included.</param>
/// <param name="Decimals">Digits after the point.</param>
/// <param name="Of">Reads it from a cell; the second argument is the cell without proxy of the same round, if there is one. Null where it means nothing.</param>
/// <param name="HasRatios">Whether the table shows its ratio to plain YARP and to nginx.</param>
internal sealed record Metric(string Name, int Decimals, Func<Cell, Cell?, double?> Of, bool HasRatios = false);
