using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using EdgeProxy.Attempts;
using EdgeProxy.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace EdgeProxy.Forwarding;

/// <summary>
/// A shorter way for the exchanges of the common kind (<see cref="DirectRequest"/>), over the connections of <see cref="Http1Handler"/>:
/// bytes are written and read without <see cref="HttpRequestMessage"/>, transforms and copy loops. Requests that pass untouched take it
/// to a short answer, those for a stream to an event stream (<see cref="DirectAnswer"/>). Any other answer, and every failure before it, is handed
/// to YARP's forwarder, which goes on from there as if it had sent the request itself. Where transforms are set, and where somebody listens
/// (traces, YARP's log and events), all is YARP's from the beginning.
/// </summary>
internal sealed class DirectForwarder(IHttpForwarder yarp, ILoggerFactory loggers) : IHttpForwarder
{
    /// <summary>YARP's own default.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(100);

    private static EventSource? _yarpEvents;

    private readonly ILogger _yarpLog = loggers.CreateLogger("Yarp.ReverseProxy.Forwarder.HttpForwarder");

    /// <inheritdoc/>
    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer) =>
        SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    /// <inheritdoc/>
    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer, CancellationToken cancellationToken)
    {
        var call = new Call(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        return httpClient is Http1Client client && IsOurs(call) && TryBegin(call, client.Handler, out var exchange)
            ? ExchangeAsync(call, exchange)
            : YarpAsync(call, httpClient);
    }

    /// <summary>Writes the request down. False: nothing was taken from it.</summary>
    private static bool TryBegin(in Call call, Http1Handler handler, out Exchange exchange)
    {
        exchange = default;
        var request = call.Context.Request;
        Uri uri;
        try
        {
            uri = RequestUtilities.MakeDestinationAddress(call.Prefix, request.Path, request.QueryString);
        }
        catch (UriFormatException)
        {
            // YARP finds the same, and has an answer to it.
            return false;
        }

        if (handler.FindPool(uri, call.Config.Version, call.Config.VersionPolicy) is not { } pool)
        {
            return false;
        }

        ByteBuffer bytes = default;
        var isWritten = false;
        try
        {
            isWritten = DirectRequest.TryWrite(ref bytes, call.Context, HttpUrl.PathAndQuery(uri), pool.Authority, call.Attempt?.Job.RequestId);
        }
        finally
        {
            if (!isWritten)
            {
                bytes.Release();
            }
        }

        exchange = new Exchange(uri, pool, bytes);
        return isWritten;
    }

    private ValueTask<ForwarderError> YarpAsync(in Call call, HttpMessageInvoker client) =>
        yarp.SendAsync(call.Context, call.Prefix, client, call.Config, call.Transformer, call.Token);

    private async ValueTask<ForwarderError> ExchangeAsync(Call call, Exchange exchange)
    {
        var context = call.Context;
        var (uri, pool, request) = exchange;
        using var limit = ActivityLimit.Start(call.Config.ActivityTimeout ?? DefaultTimeout, context.RequestAborted, call.Token);
        var connection = pool.Take();
        var mayBeStale = connection is not null && DirectRequest.IsRepeatable(context.Request);
        CancellationTokenRegistration cancellation = default;
        HttpMessageInvoker? yarps = null;
        ResponseBodyStream? events = null;
        try
        {
            connection ??= await pool.ConnectAsync(limit.Token);
            cancellation = limit.Token.UnsafeRegister(static (connection, token) => ((Http1Connection)connection!).Cancel(token), connection);
            await connection.WriteAsync(request.WrittenMemory);

            // A model may take a minute now: nothing is held meanwhile.
            request.Release();
            var isDead = false;
            var head = 0;
            while (!isDead && (head = ResponseHead.Length(connection.Received)) == 0)
            {
                await connection.Socket.WaitReadableAsync();
                isDead = !connection.TryReceiveHead(mayBeStale);
            }

            if (isDead || !TryPass(call, connection, head, cancellation, out events))
            {
                yarps = isDead ? null : await AnswerAsync(context, uri, connection, cancellation, mayBeStale);
                if (yarps is null)
                {
                    // Dead all along, and nobody has seen the request: YARP asks over another connection.
                    yarps = call.Client;
                    Abandon(connection, cancellation);
                }

                limit.Stop();
            }
        }
        catch (Exception e)
        {
            // Only sending fails with an IOException.
            var isDead = e is IOException && mayBeStale && !connection!.IsCancelled;
            yarps = isDead ? call.Client : KnownOutcome.Failed(Http1Connection.FailureOf(e, limit.Token));
            Abandon(connection, cancellation);
        }
        finally
        {
            request.Release();
        }

        if (yarps is not null)
        {
            return await YarpAsync(call, yarps);
        }

        if (events is not null)
        {
            return await EventRelay.RunAsync(context, call.Attempt!, events);
        }

        // Before the connection is anybody else's: a token of this exchange must not close another's.
        cancellation.Dispose();
        connection!.Release(isReusable: true);
        await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
        return ForwarderError.None;
    }

    /// <summary>The answer, for YARP to go on with; null if the connection was dead.</summary>
    private static async ValueTask<HttpMessageInvoker?> AnswerAsync(
        HttpContext context, Uri uri, Http1Connection connection, CancellationTokenRegistration cancellation, bool mayBeStale)
    {
        var asked = new HttpRequestMessage(HttpMethod.Parse(context.Request.Method), uri);
        return await connection.ReadHeadAsync(asked, Task.CompletedTask, cancellation, mayBeStale) is { } answer ? KnownOutcome.Answered(answer) : null;
    }

    private static void Abandon(Http1Connection? connection, CancellationTokenRegistration cancellation)
    {
        cancellation.Dispose();
        connection?.Abandon();
    }

    /// <summary>Passes the answer on if it is of the common kind: all of it, or an event stream's head.</summary>
    private static bool TryPass(in Call call, Http1Connection connection, int head, CancellationTokenRegistration cancellation, out ResponseBodyStream? events)
    {
        events = null;
        var response = call.Context.Response;
        if (call.Attempt is { } attempt)
        {
            return TryOpen(attempt, response, connection, head, cancellation, out events);
        }

        if (!DirectAnswer.TryPassWhole(connection.Received, head, response, out var length))
        {
            return false;
        }

        response.BodyWriter.Write(connection.Received.Slice(head, length));
        return true;
    }

    private static bool TryOpen(
        Attempt attempt, HttpResponse response, Http1Connection connection, int head, CancellationTokenRegistration cancellation, out ResponseBodyStream? events)
    {
        events = null;
        if (!DirectAnswer.TryPassHead(connection.Received[..head], response, out var framing, out var length))
        {
            return false;
        }

        if (!attempt.TakesAsEvents(response) || response.Headers.ContentEncoding.Count > 0)
        {
            response.Clear();
            return false;
        }

        events = connection.OpenBody(head, framing, length, cancellation);
        return true;
    }

    private bool IsOurs(in Call call) =>
        call.Attempt is null or { Job.IsKnownStream: true }
        && DirectRequest.IsCandidate(call.Context.Request)
        && HasNoTransforms(call.Context.GetReverseProxyFeature())
        && call.Context.Response is { HasStarted: false, StatusCode: StatusCodes.Status200OK }
        && !IsWatched();

    // Affinity is kept by a transform that YARP adds itself.
    private static bool HasNoTransforms(IReverseProxyFeature proxy) =>
        proxy.Route.Config.Transforms is null or { Count: 0 } && proxy.Cluster.Config.SessionAffinity is not { Enabled: true };

    private bool IsWatched() =>
        Activity.Current is not null
        || _yarpLog.IsEnabled(LogLevel.Information)
        || (_yarpEvents ??= EventSource.GetSources().FirstOrDefault(static source => source.Name == "Yarp.ReverseProxy"))?.IsEnabled() != false;

    private readonly record struct Exchange(Uri Uri, Http1Pool Pool, ByteBuffer Request);

    private readonly record struct Call(
        HttpContext Context, string Prefix, HttpMessageInvoker Client, ForwarderRequestConfig Config, HttpTransformer Transformer, CancellationToken Token)
    {
        /// <summary>What forwards a request for a stream; null for one that passes untouched.</summary>
        public Attempt? Attempt => (Transformer as AttemptTransformer)?.Attempt;
    }
}
