using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace EdgeProxy.Detection;

/// <summary>
/// Looks into a request body without taking anything from it: whoever reads <c>Request.Body</c> next gets every byte. Where the body
/// has a say, that is a <see cref="PeekedBody"/> from then on.
/// </summary>
internal static class BodyPeek
{
    /// <summary>
    /// Decides as far as the body allows. Completes synchronously when the head decides or the bytes that decide are already here.
    /// A body longer than <paramref name="maxInspectedBytes"/> is decided late, at once if its length is announced. Reading
    /// early sends <c>100 Continue</c> where the client waits for it.
    /// </summary>
    /// <param name="request">The request; nothing may have read its body yet.</param>
    /// <param name="verdict">What the head says.</param>
    /// <param name="maxInspectedBytes">How many bytes are held back and looked at, at most.</param>
    /// <param name="maxRequestBodySize">
    /// The route's own limit on the body's size, -1 for none (as in YARP's <c>RouteConfig</c>), null to leave the server's. It has to be set
    /// before the first read, and YARP's middleware comes too late for that.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for bytes.</param>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large (413), too slow (408) or broken (400).</exception>
    /// <exception cref="IOException">The client left.</exception>
    public static ValueTask<PeekResult> PeekAsync(
        HttpRequest request,
        HeadVerdict verdict,
        int maxInspectedBytes,
        long? maxRequestBodySize,
        CancellationToken cancellationToken)
    {
        if (!verdict.NeedsBody)
        {
            return ValueTask.FromResult(new PeekResult(verdict.Wish));
        }

        LimitBodySize(request, maxRequestBodySize);
        var scanner = verdict.CreateScanner();

        if (request.ContentLength > maxInspectedBytes)
        {
            // Both formats decide at their very end, so waiting for the first part of such a body gains nothing.
            request.Body = new PeekedBody(request.BodyReader, examined: 0);
            return ValueTask.FromResult(new PeekResult(StreamWish.DecidedLate, scanner));
        }

        return PeekAsync(request, verdict, scanner, maxInspectedBytes, cancellationToken);
    }

    internal static async ValueTask<PeekResult> PeekAsync(
        HttpRequest request,
        HeadVerdict verdict,
        IBodyFlagScanner scanner,
        int maxInspectedBytes,
        CancellationToken cancellationToken)
    {
        var body = request.BodyReader;
        long scanned = 0;
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            var unseen = buffer.Slice(scanned);
            if (read.IsCanceled)
            {
                body.AdvanceTo(buffer.Start, unseen.Start);
                throw new OperationCanceledException(cancellationToken);
            }

            var examined = scanned;
            var looked = unseen.Slice(0, Math.Min(unseen.Length, maxInspectedBytes - scanned));
            scanned += looked.Length;
            var flag = Scan(scanner, looked);
            if (flag == BodyFlag.Undecided && read.IsCompleted && looked.Length == unseen.Length)
            {
                flag = scanner.Complete();
            }

            if (flag != BodyFlag.Undecided || scanned == maxInspectedBytes)
            {
                // Examined as far as before this read, not to the end: what has arrived then counts as unseen, and the next
                // reader gets it at once instead of waiting for more.
                body.AdvanceTo(buffer.Start, unseen.Start);
                request.Body = new PeekedBody(body, examined);
                return flag == BodyFlag.Undecided
                    ? new PeekResult(StreamWish.DecidedLate, scanner, scanned)
                    : new PeekResult(verdict.Conclude(flag));
            }

            // Kestrel's back-pressure and HTTP/2 window updates follow the examined position, so the client can go on sending.
            body.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static BodyFlag Scan(IBodyFlagScanner scanner, ReadOnlySequence<byte> bytes)
    {
        var flag = BodyFlag.Undecided;
        foreach (var segment in bytes)
        {
            flag = scanner.Scan(segment.Span);
            if (flag != BodyFlag.Undecided)
            {
                break;
            }
        }

        return flag;
    }

    private static void LimitBodySize(HttpRequest request, long? maxRequestBodySize)
    {
        if (maxRequestBodySize is { } limit
            && request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit < 0 ? null : limit;
        }
    }
}
