using EdgeProxy.Protocol;
using EdgeProxy.Telemetry;

namespace EdgeProxy.Tests.Telemetry;

/// <summary>Reports of streams that never were.</summary>
internal static class Reports
{
    /// <summary>A stream that went well: opened at 2 s, first event at 3 s, ended at 10 s.</summary>
    public static readonly StreamReport Ok = new()
    {
        RequestId = "req-1",
        Route = "chat",
        BeganAt = DateTimeOffset.UnixEpoch.AddDays(20_000),
        IsStream = true,
        Destination = "d1",
        Dialect = DialectKind.OpenAIChat,
        Outcome = StreamOutcome.Ok,
        Failure = null,
        Status = 200,
        UpstreamStatus = 200,
        Waited = null,
        CommittedAt = TimeSpan.FromSeconds(2),
        FirstEventAt = TimeSpan.FromSeconds(3),
        LongestGap = TimeSpan.FromSeconds(1.5),
        Events = 3,
        Bytes = 99,
        KeepAlives = 2,
        Attempts = 1,
        StoppedBy = null,
        Duration = TimeSpan.FromSeconds(10),
    };

    /// <summary>One that ended otherwise.</summary>
    public static StreamReport Of(StreamOutcome outcome, StreamFailure? failure = null, int? status = null) =>
        Ok with { Outcome = outcome, Failure = failure, Status = status ?? failure?.Status ?? 200 };
}
