using System.Collections.Frozen;
using System.Net;
using EdgeProxy.Attempts;
using EdgeProxy.Detection;
using EdgeProxy.Streaming;
using EdgeProxy.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace EdgeProxy.Forwarding;

/// <summary>
/// Requests of the common kind: HTTP/1.1, no or a small body that is all here, no header that is about connections. Written as YARP's
/// forwarder and its default transforms would: all headers but <c>Host</c>, with <c>X-Forwarded-For</c>, <c>-Host</c> and <c>-Proto</c>
/// in place of the client's; one for a stream as <see cref="AttemptTransformer"/> has it. Whatever is not of that kind is refused and left to YARP.
/// </summary>
internal static class DirectRequest
{
    /// <summary>Larger bodies gain nothing here.</summary>
    public const int MaxBodyBytes = 16 * 1024;

    private static readonly FrozenDictionary<string, bool> Special = HeaderRules.LeavingOut(
        "Host", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded", "Connection", "Keep-Alive");

    /// <summary>Whether nothing but a header can still speak against it.</summary>
    public static bool IsCandidate(HttpRequest request)
    {
        if (!HttpProtocol.IsHttp11(request.Protocol) || request.PathBase.HasValue || !request.Host.HasValue)
        {
            return false;
        }

        return request.ContentLength is { } length
            ? length is > 0 and <= MaxBodyBytes && request.Body is ReadOnlyStream && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsConnect(request.Method)
            : IsBodyless(request);
    }

    /// <summary>Whether it may be sent again by itself (RFC 9110 section 9.2.2).</summary>
    public static bool IsRepeatable(HttpRequest request) => request.ContentLength is null;

    /// <summary>Writes head and body. False: it is not of that kind, and nothing was taken from it.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="context">The request.</param>
    /// <param name="target">Path and query at the destination.</param>
    /// <param name="authority">The destination's.</param>
    /// <param name="streamId">The id of a request for a stream that brings none; null for all others.</param>
    public static bool TryWrite(ref ByteBuffer buffer, HttpContext context, ReadOnlySpan<char> target, string authority, string? streamId)
    {
        var request = context.Request;
        return context.Connection.RemoteIpAddress is { } client
            && RequestHead.TryBegin(ref buffer, request.Method, target, authority)
            && TryWriteHeaders(ref buffer, request, client, streamId)
            && TryWriteBody(ref buffer, request);
    }

    private static bool IsBodyless(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsDelete(request.Method))
        && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };

    private static bool TryWriteBody(ref ByteBuffer buffer, HttpRequest request)
    {
        if (request.ContentLength is not { } length)
        {
            return true;
        }

        if (!((ReadOnlyStream)request.Body).TryTakeWhole(buffer.GetSpan((int)length)[..(int)length]))
        {
            return false;
        }

        buffer.Advance((int)length);
        return true;
    }

    private static bool TryWriteHeaders(ref ByteBuffer buffer, HttpRequest request, IPAddress client, string? streamId)
    {
        if (!RequestHead.TryAdd(ref buffer, "X-Forwarded-For", client.ToString())
            || !RequestHead.TryAdd(ref buffer, "X-Forwarded-Host", request.Host.ToUriComponent())
            || !RequestHead.TryAdd(ref buffer, "X-Forwarded-Proto", request.Scheme))
        {
            return false;
        }

        var hasId = false;
        foreach (var (name, values) in request.Headers)
        {
            if (streamId is not null)
            {
                hasId |= name.Equals(RequestIds.HeaderName, StringComparison.OrdinalIgnoreCase);
                if (name.Equals(HeaderNames.AcceptEncoding, StringComparison.OrdinalIgnoreCase))
                {
                    continue;
                }
            }

            if (Special.TryGetValue(name, out var isLeftOut))
            {
                if (isLeftOut)
                {
                    continue;
                }

                return false;
            }

            if (values.Count != 1 || !RequestHead.TryAdd(ref buffer, name, values[0]!))
            {
                return false;
            }
        }

        if (streamId is not null && !hasId && !RequestHead.TryAdd(ref buffer, RequestIds.HeaderName, streamId))
        {
            return false;
        }

        buffer.Write("\r\n"u8);
        return true;
    }
}
