using System.Buffers;
using System.Globalization;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Streaming;

/// <summary>A failure as a whole HTTP answer: its own status and the dialect's JSON, so that an SDK can act on it.</summary>
internal static class ErrorAnswer
{
    /// <summary>Sets status and headers of an answer that has not started, and returns the body that must follow.</summary>
    public static ReadOnlyMemory<byte> Prepare(IHttpResponseFeature head, Dialect dialect, StreamFailure failure, string requestId)
    {
        var body = new ArrayBufferWriter<byte>();
        dialect.WriteErrorBody(body, failure, requestId);
        head.StatusCode = failure.Status;
        head.Headers.ContentType = "application/json";
        head.Headers.ContentLength = body.WrittenCount;
        head.Headers[dialect.RequestIdHeader] = requestId;
        head.Headers[RequestIds.HeaderName] = requestId;
        if (failure.RetryAfter is { } wait)
        {
            head.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return body.WrittenMemory;
    }
}
