using EdgeProxy.Attempts;
using EdgeProxy.Streaming;
using EdgeProxy.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace EdgeProxy.Forwarding;

/// <summary>Hands an event stream to its attempt as it comes.</summary>
internal static class EventRelay
{
    // What a burst is read in at most, as YARP does.
    private const int BufferBytes = 64 * 1024;

    /// <summary>Relays to the stream's end. A failure is told as YARP's forwarder does: by <see cref="IForwarderErrorFeature"/> and a reset of the response.</summary>
    /// <param name="context">The attempt's, whose response has the answer's head.</param>
    /// <param name="attempt">Takes the bytes.</param>
    /// <param name="body">The answer's body; it is disposed.</param>
    public static async ValueTask<ForwarderError> RunAsync(HttpContext context, Attempt attempt, ResponseBodyStream body)
    {
        byte[]? buffer = null;
        var fault = ForwarderError.ResponseBodyDestination;
        try
        {
            await attempt.OpenAsync(context.Response);
            while (true)
            {
                fault = ForwarderError.ResponseBodyDestination;
                var arrival = body.ReadAsync(Memory<byte>.Empty);
                if (!arrival.IsCompleted)
                {
                    // Nothing is held while the model thinks.
                    Return(ref buffer);
                }

                await arrival;
                buffer ??= CountedPool.Shared.Rent(BufferBytes);
                var count = await body.ReadAsync(buffer);
                if (count == 0)
                {
                    return ForwarderError.None;
                }

                fault = ForwarderError.ResponseBodyClient;
                await attempt.WriteBodyAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception e)
        {
            fault = e is OperationCanceledException ? ForwarderError.ResponseBodyCanceled : fault;
            context.Features.Set<IForwarderErrorFeature>(new ForwarderFailure(fault, e));
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(errorCode: 0);
            return fault;
        }
        finally
        {
            Return(ref buffer);
            await body.DisposeAsync();
        }
    }

    private static void Return(ref byte[]? buffer)
    {
        if (buffer is not null)
        {
            CountedPool.Shared.Return(buffer);
            buffer = null;
        }
    }
}
