using System.Text;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;

namespace EdgeProxy.Tests.Protocol.Dialects;

/// <summary>Feeds a dialect's tracker with a stream, by way of the scanner.</summary>
internal static class TrackerFeed
{
    public static EventTracker Of(string kind, string stream, int pieceLength = int.MaxValue) =>
        Of(kind, Encoding.UTF8.GetBytes(stream), pieceLength);

    public static EventTracker Of(string kind, ReadOnlySpan<byte> stream, int pieceLength = int.MaxValue)
    {
        var tracker = Dialect.Of(Enum.Parse<DialectKind>(kind)).CreateTracker();
        var scanner = default(SseScanner);
        while (!stream.IsEmpty)
        {
            var piece = stream[..Math.Min(pieceLength, stream.Length)];
            Feed(tracker, ref scanner, piece);
            stream = stream[piece.Length..];
        }

        return tracker;
    }

    public static void Feed(EventTracker tracker, ref SseScanner scanner, ReadOnlySpan<byte> piece)
    {
        var position = 0;
        while (scanner.TryRead(piece, ref position, out var line))
        {
            tracker.OnLine(line);
        }
    }

    /// <summary>What a tracker says, as letters: T(erminal), D(one), E(rror).</summary>
    public static string Signals(EventTracker tracker) =>
        (tracker.SawTerminal ? "T" : "") + (tracker.SawDone ? "D" : "") + (tracker.SawError ? "E" : "");
}
