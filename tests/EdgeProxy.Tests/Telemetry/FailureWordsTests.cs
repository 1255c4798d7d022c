using System.Net.Http;
using System.Net.Sockets;
using EdgeProxy.Protocol;
using EdgeProxy.Telemetry;

namespace EdgeProxy.Tests.Telemetry;

public sealed class FailureWordsTests
{
    /// <summary>(code, status) and (the word for metrics, the word for log and trace).</summary>
    public static TheoryData<string, int, string, string> Codes => new()
    {
        { "upstream_stalled", 504, "upstream_stalled", "upstream_stalled" },
        { "edge_draining", 503, "edge_draining", "edge_draining" },
        { "rate_limit_exceeded", 429, "rate_limit_exceeded", "rate_limit_exceeded" },
        { "insufficient_quota", 429, "upstream_status_429", "insufficient_quota" },
        { "RESOURCE_EXHAUSTED", 429, "upstream_status_429", "RESOURCE_EXHAUSTED" },
        { "1302", 429, "upstream_status_429", "1302" },
        { "sk-proj-abc", 401, "upstream_status_401", "upstream_status_401" },
        { "Bearer", 401, "upstream_status_401", "upstream_status_401" },
        { "a sentence", 418, "upstream_status_4xx", "upstream_status_4xx" },
        { "1234567", 599, "upstream_status_5xx", "upstream_status_5xx" },
        { new string('a', 65), 500, "upstream_status_500", "upstream_status_500" },
        { "", 529, "upstream_status_529", "upstream_status_529" },
    };

    [Theory]
    [MemberData(nameof(Codes))]
    public void Code_IsAWord_AndForMetricsABoundedOne(string code, int status, string bounded, string word)
    {
        var failure = StreamFailure.Unreachable() with { Code = code, Status = status };

        Assert.Equal((bounded, word), (FailureWords.Bounded(failure), FailureWords.Code(failure)));
    }

    [Fact]
    public void Words_OfAllStatuses_AreFew() =>
        Assert.InRange(Enumerable.Range(400, 200).Select(FailureWords.OfStatus).Distinct().Count(), 10, 25);

    /// <summary>What was thrown, and what is said of it.</summary>
    public static TheoryData<Exception?, string> Causes => new()
    {
        { null, "none" },
        { new IOException("secret"), "IOException" },
        {
            new HttpRequestException(HttpRequestError.ConnectionError, "secret", new SocketException((int)SocketError.ConnectionRefused)),
            "HttpRequestException (ConnectionError) of SocketException (ConnectionRefused)"
        },
        { new HttpRequestException("secret", new HttpIOException(HttpRequestError.InvalidResponse, "secret")), "HttpRequestException (Unknown) of HttpIOException (InvalidResponse)" },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public void Cause_IsNames_NeverAMessage(Exception? cause, string expected) => Assert.Equal(expected, FailureWords.Cause(cause));
}
