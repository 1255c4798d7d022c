using EdgeProxy.Attempts;
using EdgeProxy.Configuration;
using EdgeProxy.Protocol;
using EdgeProxy.Streaming;
using EdgeProxy.Telemetry;

namespace EdgeProxy.Pipeline;

/// <summary>Puts together what the client's side and the upstream's side know of a finished stream.</summary>
internal static class Reporting
{
    /// <summary>Makes the report; <paramref name="told"/> is the failure that the client was told of, <paramref name="waited"/> how long it waited for a place.</summary>
    public static StreamReport Of(
        DateTimeOffset now, StreamPolicy policy, DialectKind dialect, ClientStream stream, AttemptLoopResult? result, StreamFailure? told, TimeSpan? waited)
    {
        var age = stream.Age;
        var tally = stream.Tally;
        return new StreamReport
        {
            RequestId = stream.RequestId,
            Route = policy.RouteId,
            BeganAt = now - age,
            Destination = result?.Destination,
            IsStream = stream.WantsEvents,
            Dialect = dialect,
            Outcome = OutcomeOf(stream, result, told),
            Failure = told,
            Status = told?.Status ?? result?.Status ?? 0,
            UpstreamStatus = result?.UpstreamStatus,
            Waited = waited,
            CommittedAt = tally.CommittedAt,
            FirstEventAt = tally.FirstEventAt,
            LongestGap = tally.LongestGap,
            Events = tally.Events,
            Bytes = tally.Bytes,
            KeepAlives = tally.KeepAlives,
            Attempts = result?.Attempts ?? 0,
            StoppedBy = result?.StoppedBy,
            Duration = age,
        };
    }

    private static StreamOutcome OutcomeOf(ClientStream stream, AttemptLoopResult? result, StreamFailure? told) =>
        stream.IsAbandoned ? StreamOutcome.ClientGone
        : told is null ? (result is { IsPassedThrough: true } ? StreamOutcome.PassedThrough : StreamOutcome.Ok)
        : stream.WasCut ? StreamOutcome.Cut
        : stream.Tally.CommittedAt is null ? StreamOutcome.Refused
        : StreamOutcome.Rescued;
}
