using EdgeProxy.Protocol;
using EdgeProxy.Telemetry;
using EdgeProxy.TestKit;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Telemetry;

public sealed class StreamLogTests
{
    /// <summary>(outcome, failure) and the line's (level, whether the exception goes with it).</summary>
    public static TheoryData<string, string?, LogLevel, bool> Lines => new()
    {
        { "Ok", null, LogLevel.Information, false },
        { "PassedThrough", null, LogLevel.Information, false },
        { "ClientGone", null, LogLevel.Information, false },
        { "Rescued", "upstream_disconnected", LogLevel.Warning, false },
        { "Refused", "upstream_unreachable", LogLevel.Warning, false },
        { "Cut", "upstream_disconnected", LogLevel.Warning, false },
        { "Rescued", "edge_internal", LogLevel.Error, true },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void FinishedStream_IsOneLine(string outcome, string? code, LogLevel level, bool withException)
    {
        var cause = new IOException("outer", new TimeoutException("the reason"));
        using var logs = new LogCapture();
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(logs));
        new StreamLog(factory.CreateLogger<StreamLog>()).Finished(new StreamReport
        {
            RequestId = "req-1",
            Route = "chat",
            IsStream = true,
            UpstreamStatus = 200,
            Waited = null,
            Destination = null,
            Dialect = DialectKind.OpenAIChat,
            Outcome = Enum.Parse<StreamOutcome>(outcome),
            Failure = code switch
            {
                null => null,
                "edge_internal" => StreamFailure.Internal(cause),
                "upstream_unreachable" => StreamFailure.Unreachable(cause),
                _ => StreamFailure.Disconnected(cause),
            },
            Attempts = 2,
            StoppedBy = "AttemptsUsedUp",
            Status = 200,
            CommittedAt = null,
            FirstEventAt = null,
            LongestGap = TimeSpan.Zero,
            Events = 3,
            Bytes = 99,
            KeepAlives = 2,
            Duration = TimeSpan.FromSeconds(1.5),
        });

        var line = Assert.Single(logs.Lines);
        Assert.Equal((level, withException), (line.Level, line.Exception is not null));
        Assert.Contains($"outcome {outcome}, code {code ?? "none"}, ", line.Message, StringComparison.Ordinal);
        Assert.EndsWith(code is null ? "1500 ms, cause none" : "1500 ms, cause TimeoutException: the reason", line.Message, StringComparison.Ordinal);
    }
}
