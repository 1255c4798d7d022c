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
        var failure = code switch
        {
            null => null,
            "edge_internal" => StreamFailure.Internal(cause),
            "upstream_unreachable" => StreamFailure.Unreachable(cause),
            _ => StreamFailure.Disconnected(cause),
        };
        var report = Reports.Of(Enum.Parse<StreamOutcome>(outcome), failure) with { Waited = TimeSpan.FromSeconds(0.25) };
        new StreamLog(factory.CreateLogger<StreamLog>()).Finished(report);

        var line = Assert.Single(logs.Lines);
        Assert.Equal((level, withException), (line.Level, line.Exception is not null));
        Assert.Contains($"outcome {outcome}, code {code ?? "none"}, ", line.Message, StringComparison.Ordinal);
        Assert.EndsWith($"waited 250 ms, committed 2000 ms, first event 3000 ms, longest gap 1500 ms, 3 events, 99 bytes, 2 keep-alives, 10000 ms, cause {(code is null ? "none" : "IOException of TimeoutException")}, trace none", line.Message, StringComparison.Ordinal);
    }
}
