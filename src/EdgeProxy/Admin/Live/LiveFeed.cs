using System.Buffers;

namespace EdgeProxy.Admin.Live;

/// <summary>
/// <c>GET /events</c>: what the live page shows, as server-sent events. An event <c>configuration</c> at the beginning and after every reload, an event
/// <c>state</c> every second. It goes on while the proxy drains and ends when the listener stops.
/// </summary>
internal sealed class LiveFeed(LiveSnapshot snapshot, TimeProvider time) : IAdminEndpoints
{
    /// <summary>Its path.</summary>
    public const string Path = "/events";

    /// <summary>How many may look on at once; one more gets a 503.</summary>
    public const int MaxViewers = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private int _viewers;

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder admin) => admin.MapMethods(Path, [HttpMethods.Get], ServeAsync);

    private async Task ServeAsync(HttpContext context)
    {
        // A page of another site cannot read this, but it could take up all places.
        if (context.Request.Headers["Sec-Fetch-Site"] is ["cross-site" or "same-site"])
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _viewers) > MaxViewers)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.Headers.RetryAfter = "5";
                return;
            }

            var listener = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
            using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, listener.ApplicationStopping);
            await SendAsync(context.Response, over.Token);
        }
        catch (OperationCanceledException)
        {
            // The viewer has left, or the listener stops.
        }
        finally
        {
            Interlocked.Decrement(ref _viewers);
        }
    }

    private async Task SendAsync(HttpResponse response, CancellationToken over)
    {
        AdminAnswer.Prepare(response, "text/event-stream");
        var sent = -1L;
        var text = new ArrayBufferWriter<byte>();
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            text.ResetWrittenCount();
            if (snapshot.Generation is var generation && generation != sent)
            {
                sent = generation;
                text.Write("event: configuration\ndata: "u8);
                snapshot.WriteConfiguration(text);
                text.Write("\n\n"u8);
            }

            text.Write("event: state\ndata: "u8);
            snapshot.WriteState(text);
            text.Write("\n\n"u8);

            // A viewer that does not read is waited for; Kestrel cuts it off.
            await response.Body.WriteAsync(text.WrittenMemory, over);
            await response.Body.FlushAsync(over);
        }
        while (await timer.WaitForNextTickAsync(over));
    }
}
