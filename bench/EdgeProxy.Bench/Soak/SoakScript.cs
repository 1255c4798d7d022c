using System.Globalization;

namespace EdgeProxy.Bench.Soak;

/// <summary>What both sides of one exchange do: drawn by the client, told to the backend in a header.</summary>
/// <param name="Id">Its number, in every event.</param>
/// <param name="Kind">Its behaviour.</param>
/// <param name="Dialect">The API that is spoken.</param>
/// <param name="Events">How many events a whole answer has, the terminal ones not counted.</param>
/// <param name="EventBytes">How long each event's text is.</param>
/// <param name="PaceMs">How long the backend waits before each event but the first.</param>
/// <param name="FirstMs">How long it waits before the first.</param>
/// <param name="FailAfter">After how many events the backend fails or the client leaves.</param>
internal sealed record SoakScript(long Id, SoakKind Kind, SoakDialect Dialect, int Events, int EventBytes, int PaceMs, int FirstMs, int FailAfter)
{
    /// <summary>The header that tells the backend.</summary>
    public const string Header = "x-soak";

    /// <summary>Which kinds there are how often, of 1000.</summary>
    private static readonly (SoakKind Kind, int Weight)[] Mix =
    [
        (SoakKind.Paced, 390), (SoakKind.SlowFirst, 120), (SoakKind.SlowReader, 30), (SoakKind.Huge, 5), (SoakKind.Reset, 60), (SoakKind.Close, 60),
        (SoakKind.EndEarly, 60), (SoakKind.Stall, 40), (SoakKind.LeaveEarly, 40), (SoakKind.LeaveLate, 50), (SoakKind.Retried, 40), (SoakKind.Refused, 20),
        (SoakKind.Json, 30), (SoakKind.LargeBody, 20), (SoakKind.LargeBodyRefused, 10), (SoakKind.Crowded, 25),
    ];

    /// <summary>The path asked for; its first part picks the route.</summary>
    public string Path => Kind switch
    {
        SoakKind.Crowded => "/crowded",
        SoakKind.Retried or SoakKind.Refused or SoakKind.LargeBody or SoakKind.LargeBodyRefused => "/retry",
        SoakKind.Reset or SoakKind.Close or SoakKind.EndEarly or SoakKind.Stall => "/bad",
        _ => "/good",
    } + Dialect.Path;

    /// <summary>How long the request's body is, about.</summary>
    public int BodyBytes => Kind is SoakKind.LargeBody or SoakKind.LargeBodyRefused ? 400_000 : 200;

    /// <summary>Whether anything but a whole answer is a violation.</summary>
    public bool MustBeWhole => Kind is SoakKind.Paced or SoakKind.SlowFirst or SoakKind.SlowReader or SoakKind.Huge or SoakKind.Json;

    /// <summary>Whether a whole answer is a violation: the backend did not send one.</summary>
    public bool CannotBeWhole => Kind is SoakKind.Reset or SoakKind.Close or SoakKind.EndEarly or SoakKind.Stall or SoakKind.Refused or SoakKind.LargeBodyRefused;

    /// <summary>Draws the next exchange.</summary>
    public static SoakScript Draw(long id, Random random)
    {
        var draw = random.Next(Mix.Sum(static entry => entry.Weight));
        var kind = Mix[0].Kind;
        foreach (var (candidate, weight) in Mix)
        {
            kind = candidate;
            if ((draw -= weight) < 0)
            {
                break;
            }
        }

        var dialect = SoakDialect.All[random.Next(SoakDialect.All.Count)];
        var events = random.Next(5, 40);
        var script = new SoakScript(id, kind, dialect, events, random.Next(20, 400), random.Next(200, 900), random.Next(0, 400), random.Next(1, events));
        return kind switch
        {
            SoakKind.SlowFirst => script with { FirstMs = random.Next(2_000, 12_000) },
            SoakKind.SlowReader => script with { Events = random.Next(500, 1_500), EventBytes = 1_000, PaceMs = 0 },
            SoakKind.Huge => script with { Events = 2, EventBytes = random.Next(1_000_000, 20_000_000), PaceMs = 0 },
            SoakKind.LeaveEarly => script with { FirstMs = 20_000, FailAfter = random.Next(0, 3_000) },
            SoakKind.Crowded => script with { PaceMs = 50 },

            // Generic streams have no terminal signal: their clean end is an end wherever it comes (docs/decisions/008).
            SoakKind.EndEarly when dialect.TerminalData is null => script with { Kind = SoakKind.Close },
            _ => script,
        };
    }

    /// <summary>Reads the header's value.</summary>
    public static SoakScript Parse(string header)
    {
        var parts = header.Split(';');
        return new(
            long.Parse(parts[0], CultureInfo.InvariantCulture), Enum.Parse<SoakKind>(parts[1]), SoakDialect.All.Single(dialect => dialect.Name == parts[2]),
            Number(3), Number(4), Number(5), Number(6), Number(7));

        int Number(int part) => int.Parse(parts[part], CultureInfo.InvariantCulture);
    }

    /// <summary>The header's value.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id};{Kind};{Dialect.Name};{Events};{EventBytes};{PaceMs};{FirstMs};{FailAfter}");
}
