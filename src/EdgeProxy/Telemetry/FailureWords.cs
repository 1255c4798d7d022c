using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using EdgeProxy.Protocol;

namespace EdgeProxy.Telemetry;

/// <summary>
/// What telemetry says of a failure. A backend's words reach only the client that asked: they may hold what was in the request, or a
/// credential, and as an attribute of a metric they would have no bound.
/// </summary>
internal static class FailureWords
{
    private const int MaxCodeLength = 64;

    /// <summary>The codes that count by their name: EdgeProxy's own, and those that it gives a bare status.</summary>
    private static readonly HashSet<string> Fixed =
    [
        "upstream_unreachable", "upstream_timeout", "upstream_stalled", "upstream_disconnected", "upstream_not_sse",
        "stream_incomplete", "stream_too_long", "edge_overloaded", "edge_draining", "edge_internal",
        .. Enumerable.Range(400, 200).Select(StatusWords.Code),
    ];

    /// <summary>The failure in a word of a bounded vocabulary, for metrics: a fixed code by its name, any other by its status.</summary>
    public static string Bounded(StreamFailure failure) => Fixed.Contains(failure.Code) ? failure.Code : OfStatus(failure.Status);

    /// <summary>An upstream's error status in a word: <c>upstream_status_429</c>; the rare ones by their class, <c>upstream_status_4xx</c>.</summary>
    public static string OfStatus(int status) => status switch
    {
        400 or 401 or 402 or 403 or 404 or 405 or 408 or 409 or 413 or 415 or 422 or 424 or 429 or (>= 500 and <= 504) or 529 =>
            "upstream_status_" + status.ToString(CultureInfo.InvariantCulture),
        < 500 => "upstream_status_4xx",
        _ => "upstream_status_5xx",
    };

    /// <summary>The failure's code for a log line or a span: the upstream's own if it is a word such as <c>insufficient_quota</c>, else the bounded one.</summary>
    public static string Code(StreamFailure failure) => IsWord(failure.Code) ? failure.Code : Bounded(failure);

    /// <summary>
    /// What was thrown, in names alone: <c>HttpRequestException (ConnectionError) of SocketException (ConnectionRefused)</c>. Messages are left
    /// out: some of .NET's quote the answer ("Received an invalid header line").
    /// </summary>
    public static string Cause(Exception? cause)
    {
        if (cause is null)
        {
            return "none";
        }

        var names = new List<string>();
        for (var exception = cause; exception is not null; exception = exception.InnerException)
        {
            var detail = exception switch
            {
                HttpProtocolException http2 => "0x" + http2.ErrorCode.ToString("x", CultureInfo.InvariantCulture),
                HttpIOException io => io.HttpRequestError.ToString(),
                HttpRequestException request => request.HttpRequestError.ToString(),
                SocketException socket => socket.SocketErrorCode.ToString(),
                WebException web => web.Status.ToString(),
                _ => null,
            };
            names.Add(detail is null ? exception.GetType().Name : $"{exception.GetType().Name} ({detail})");
        }

        return string.Join(" of ", names);
    }

    /// <summary>A key or a sentence is no code: lower-case or upper-case words joined by underscores are, and short numbers.</summary>
    private static bool IsWord(string code) =>
        code.Length is > 0 and <= MaxCodeLength
        && (code.All(static c => c is (>= 'a' and <= 'z') or '_')
            || code.All(static c => c is (>= 'A' and <= 'Z') or '_')
            || (code.Length <= 6 && code.All(char.IsAsciiDigit)));
}
