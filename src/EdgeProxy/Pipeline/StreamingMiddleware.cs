using EdgeProxy.Admission;
using EdgeProxy.Attempts;
using EdgeProxy.Configuration;
using EdgeProxy.Detection;
using EdgeProxy.Protocol;
using EdgeProxy.Protocol.Dialects;
using EdgeProxy.Streaming;
using EdgeProxy.Telemetry;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Pipeline;

/// <summary>
/// One request's way through the house. It decides nothing itself: each step is a part of its own.
/// </summary>
/// <remarks>
/// <code>
/// client ──► 1 the route's policy; not a stream? ──────────────────────────► YARP, untouched
///            2 detect: does this request ask for a stream?   (Detection)
///            3 ask for a place (Admission); start the clock: primer, keep-alives, deadlines (Streaming); wait for the place
///            4 attempts ──► affinity ► load balancing ► passive health ► AttemptMiddleware ► forwarder
///                │   the forwarder writes into the attempt's own response, never into the client's
///                │   first good event: relayed as it comes; failure: the next attempt, or give up
///                ▼
///              ClientStream ◄── events, as they come
///            5 finish: terminal marker, or error frame and terminal marker; one log line
/// </code>
/// </remarks>
internal sealed class StreamingMiddleware(
    RequestDelegate next, AttemptLoop attempts, AdmissionControl admissions, StreamRegistry registry, StreamTelemetry telemetry, TimeProvider timeProvider)
{
    /// <summary>Serves one request; for one that is not a stream this is YARP's own task.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        // 1
        if (context.GetEndpoint()?.Metadata.GetMetadata<StreamPolicy>() is not { } policy)
        {
            return next(context);
        }

        // 2
        var head = StreamDetector.FromHead(context.Request, policy.Detection);
        if (head is { Wish: StreamWish.NotAStream, NeedsBody: false } && !IsTriedAgain(context, policy))
        {
            return next(context);
        }

        var peek = BodyPeek.PeekAsync(
            context.Request, head, policy.Detection.MaxInspectedBodyBytes, policy.MaxRequestBodySize, context.RequestAborted);
        return peek.IsCompletedSuccessfully ? DispatchAsync(context, policy, head, peek.Result) : AwaitPeekAsync(context, policy, head, peek);
    }

    private async Task AwaitPeekAsync(HttpContext context, StreamPolicy policy, HeadVerdict head, ValueTask<PeekResult> pending)
    {
        PeekResult peek;
        try
        {
            peek = await pending;
        }
        catch (BadHttpRequestException e)
        {
            context.Response.StatusCode = e.StatusCode;
            return;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        await DispatchAsync(context, policy, head, peek);
    }

    private Task DispatchAsync(HttpContext context, StreamPolicy policy, HeadVerdict head, PeekResult peek) =>
        peek.Wish == StreamWish.NotAStream && !IsTriedAgain(context, policy) ? next(context) : ServeAsync(context, policy, head, peek);

    /// <summary>Whether a plain request takes the way of the attempts, without ever being opened as a stream.</summary>
    private static bool IsTriedAgain(HttpContext context, StreamPolicy policy) =>
        policy.Attempts.NonStreaming && StreamDetector.IsExchange(context.Request);

    private async Task ServeAsync(HttpContext context, StreamPolicy policy, HeadVerdict head, PeekResult peek)
    {
        var dialect = Dialect.Of(policy.Detection.Dialect ?? DialectPaths.FromPath(context.Request.Path.Value));
        var requestId = RequestIds.From(context.Request.Headers[RequestIds.HeaderName]);
        using var stream = new ClientStream(context, dialect, policy.Client, requestId, timeProvider)
        {
            Route = policy.RouteId,
            Policy = policy.Name,
            Cluster = policy.ClusterId,
        };
        registry.Add(stream);
        if (peek.Wish != StreamWish.NotAStream)
        {
            telemetry.Started();
        }

        TimeSpan? waited = null;
        AttemptLoopResult? result = null;
        StreamFailure? told = null;
        try
        {
            // 3: asked before the clock starts, so that a full queue is a real 503 even where the primer goes out at once
            using var admission = peek.Wish == StreamWish.NotAStream ? AdmissionTicket.Unlimited : admissions.Request(policy);
            if (admission.Refusal is null)
            {
                await ExpectAsync(context, stream, head, peek);
            }

            var mustWait = admission.IsPending;
            var from = stream.Age;
            var refused = await AwaitTurnAsync(context, stream, admission);
            waited = mustWait ? stream.Age - from : null;
            if (refused is { } refusal)
            {
                (context.Request.Body as PeekedBody)?.Discard();
                told = await stream.EndAsync(refusal);
                return;
            }

            // 4
            result = await attempts.RunAsync(new AttemptJob
            {
                Client = context,
                Forward = next,
                Sink = stream,
                Progress = stream.Upstream,
                Policy = policy,
                Dialect = dialect,
                RequestId = requestId,
                IsKnownStream = peek.Wish == StreamWish.Stream,
                Expired = stream.Expired,
            });

            // 5: the place is free before the client hears of a failure and asks again
            admission.Dispose();
            told = await stream.EndAsync(stream.Expiry is { } expiry ? expiry with { Attempts = result.Attempts } : result.Failure);
        }
        catch (Exception e)
        {
            told = await stream.EndAsync(StreamFailure.Internal(e));
        }
        finally
        {
            registry.Remove(stream);
            telemetry.Finished(Reporting.Of(timeProvider.GetUtcNow(), policy, dialect.Kind, stream, result, told, waited));
        }
    }

    /// <summary>Waits in the queue, if there is a need to; the clock keeps the stream alive meanwhile. Null: it may start.</summary>
    private static async ValueTask<StreamFailure?> AwaitTurnAsync(HttpContext context, ClientStream stream, AdmissionTicket admission)
    {
        var refusal = admission.Refusal;
        if (admission.IsPending)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stream.Expired);
            stream.IsQueued = true;
            refusal = await admission.WaitAsync(over.Token);
            stream.IsQueued = false;
        }

        // Where time ran out, no backend is to blame that was never asked.
        return refusal is not null && stream.Expiry is { Source: FailureSource.Edge } expiry ? expiry : refusal;
    }

    private static async ValueTask ExpectAsync(HttpContext context, ClientStream stream, HeadVerdict head, PeekResult peek)
    {
        switch (peek.Wish)
        {
            case StreamWish.Stream:
                await stream.ExpectEventsAsync();
                break;
            case StreamWish.NotAStream:
                stream.ExpectNoEvents();
                break;
            case StreamWish.DecidedLate:
                var body = new LateDecisionBody(context.Request.Body, head, peek);
                context.Request.Body = body;
                _ = ExpectLateAsync(stream, body.Decision);
                break;
        }
    }

    private static async Task ExpectLateAsync(ClientStream stream, Task<StreamWish> decision)
    {
        switch (await decision)
        {
            case StreamWish.Stream:
                await stream.ExpectEventsAsync();
                break;
            case StreamWish.NotAStream:
                stream.ExpectNoEvents();
                break;
        }
    }
}
