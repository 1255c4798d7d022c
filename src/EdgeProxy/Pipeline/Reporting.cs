using EdgeProxy.Attempts;
using EdgeProxy.Configuration;
using EdgeProxy.Protocol;
using EdgeProxy.Streaming;
using EdgeProxy.Telemetry;

namespace EdgeProxy.Pipeline;

/// <summary>Puts together what the client's side and the upstream's side know of a finished stream.</summary>
internal static class Reporting
{
    /// <summary>Makes the report; <paramref name="told"/> is the failure that the client was told of.</summary>
    public static StreamReport Of(StreamPolicy policy, DialectKind dialect, ClientStream stream, AttemptResult? result, StreamFailure? told)
    {
        var tally = stream.Tally;
        return new StreamReport
        {
            RequestId = stream.RequestId,
            Route = policy.RouteId,
            Destination = result?.Destination,
            Dialect = dialect,
            Outcome = OutcomeOf(stream, result, told),
            Failure = told,
            Status = told?.Status ?? result?.Status ?? 0,
            CommittedAt = tally.CommittedAt,
            FirstEventAt = tally.FirstEventAt,
            LongestGap = tally.LongestGap,
            Events = tally.Events,
            Bytes = tally.Bytes,
            KeepAlives = tally.KeepAlives,
            Duration = stream.Age,
        };
    }

    private static StreamOutcome OutcomeOf(ClientStream stream, AttemptResult? result, StreamFailure? told)
    {
        var isPassedThrough = result?.Answer == UpstreamAnswer.PassedThrough;
        return stream.IsAbandoned ? StreamOutcome.ClientGone
            : told is null ? (isPassedThrough ? StreamOutcome.PassedThrough : StreamOutcome.Ok)
            : isPassedThrough ? StreamOutcome.Cut
            : stream.Tally.CommittedAt is null ? StreamOutcome.Refused
            : StreamOutcome.Rescued;
    }
}
