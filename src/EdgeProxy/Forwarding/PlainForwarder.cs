using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using EdgeProxy.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeProxy.Forwarding;

/// <summary>
/// A shorter way for the requests that pass untouched and are of the common kind (<see cref="PlainRequest"/>), over a kept connection of
/// <see cref="Http1Handler"/>: bytes are written and read without <see cref="HttpRequestMessage"/>, transforms and copy loops. An answer that is not
/// of the common kind (<see cref="PlainAnswer"/>), and every failure, is handed to YARP's forwarder, which goes on from there as if it had sent
/// the request itself. Routes with transforms, and whatever somebody listens to (traces, YARP's log and events), are YARP's from the beginning.
/// </summary>
internal sealed class PlainForwarder(IHttpForwarder yarp, ILoggerFactory loggers) : IHttpForwarder
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
        return httpClient is Http1Client client && IsOurs(context) && TryBegin(call, client.Handler, out var exchange)
            ? ExchangeAsync(call, exchange)
            : YarpAsync(call, httpClient);
    }

    /// <summary>Finds a connection and writes the request down. False: nothing was taken from the request.</summary>
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

        if (handler.TakeIdle(uri, call.Config.Version, call.Config.VersionPolicy) is not { } connection)
        {
            return false;
        }

        ByteBuffer bytes = default;
        var isWritten = false;
        try
        {
            isWritten = PlainRequest.TryWrite(ref bytes, call.Context, HttpUrl.PathAndQuery(uri), connection.Authority);
        }
        finally
        {
            if (!isWritten)
            {
                bytes.Release();
                connection.Release(isReusable: true);
            }
        }

        exchange = new Exchange(uri, connection, bytes);
        return isWritten;
    }

    private ValueTask<ForwarderError> YarpAsync(in Call call, HttpMessageInvoker client) =>
        yarp.SendAsync(call.Context, call.Prefix, client, call.Config, call.Transformer, call.Token);

    private async ValueTask<ForwarderError> ExchangeAsync(Call call, Exchange exchange)
    {
        var context = call.Context;
        var (uri, connection, request) = exchange;
        using var limit = ActivityLimit.Start(call.Config.ActivityTimeout ?? DefaultTimeout, context.RequestAborted, call.Token);
        var cancellation = limit.Token.UnsafeRegister(static (connection, token) => ((Http1Connection)connection!).Cancel(token), connection);
        HttpMessageInvoker? yarps = null;
        try
        {
            await connection.WriteAsync(request.WrittenMemory);

            // A model may take a minute now: nothing is held meanwhile.
            request.Release();
            var isRepeatable = PlainRequest.IsRepeatable(context.Request);
            var isDead = false;
            var head = 0;
            while (!isDead && (head = ResponseHead.Length(connection.Received)) == 0)
            {
                await connection.Socket.WaitReadableAsync();
                isDead = !connection.TryReceiveHead(mayBeStale: isRepeatable);
            }

            if (isDead || !TryPass(connection, head, context.Response))
            {
                yarps = isDead ? null : await AnswerAsync(context, uri, connection, cancellation, isRepeatable);
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
            var isDead = e is IOException && PlainRequest.IsRepeatable(context.Request) && !connection.IsCancelled;
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

        // Before the connection is anybody else's: a token of this exchange must not close another's.
        cancellation.Dispose();
        connection.Release(isReusable: true);
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

    private static void Abandon(Http1Connection connection, CancellationTokenRegistration cancellation)
    {
        cancellation.Dispose();
        connection.Abandon();
    }

    private static bool TryPass(Http1Connection connection, int head, HttpResponse response)
    {
        if (!PlainAnswer.TryPass(connection.Received, head, response, out var length))
        {
            return false;
        }

        response.BodyWriter.Write(connection.Received.Slice(head, length));
        return true;
    }

    private bool IsOurs(HttpContext context) =>
        PlainRequest.IsCandidate(context.Request)
        && context.GetReverseProxyFeature().Route.Config.Transforms is null or { Count: 0 }
        && context.Response is { HasStarted: false, StatusCode: StatusCodes.Status200OK }
        && !IsWatched();

    private bool IsWatched() =>
        Activity.Current is not null
        || _yarpLog.IsEnabled(LogLevel.Information)
        || (_yarpEvents ??= EventSource.GetSources().FirstOrDefault(static source => source.Name == "Yarp.ReverseProxy"))?.IsEnabled() != false;

    private readonly record struct Exchange(Uri Uri, Http1Connection Connection, ByteBuffer Request);

    private readonly record struct Call(
        HttpContext Context, string Prefix, HttpMessageInvoker Client, ForwarderRequestConfig Config, HttpTransformer Transformer, CancellationToken Token);
}
